import { closeSync, constants, mkdirSync, openSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

import { Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { AllowedRoots, pathNotAllowed, realPathOf } from '../paths/allowed-roots.js';
import { entryKind } from '../paths/small-text-file.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { bringBack, hasKept, keepModules } from '../submodules/kept-modules.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import {
  AdminFiles,
  filesBelow,
  isModules,
  MODULES,
  NO_FILE,
  UnkeptAdminFiles,
} from './admin-files.reader.js';
import { newerWork } from './newer-work.js';
import { workTreeName } from './operation-record.js';
import { type Change, type Facts } from './snapshot.js';

const IN_FOLDER = /^(?<folder>worktrees\/[^/]+)(?:\/(?<file>.+))?$/s;
const ON_BRANCH = /^ref: (refs\/heads\/.+)\n$/s;
const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;
const WRITE = O_CREAT | O_NOFOLLOW | O_TRUNC | O_WRONLY;

/** Puts back what git wrote down of linked work trees, and forgets it again. */
@Injectable()
export class AdminFilesRestorer {
  private readonly roots: AllowedRoots;

  constructor(
    config: GitConfig,
    private readonly files: AdminFiles,
    private readonly state: RepositoryState,
  ) {
    this.roots = new AllowedRoots(config.roots);
  }

  /**
   * @throws ServerError `path_not_allowed`; `operation_failed` with `details.reason`: `newer_work` with the paths,
   *   `current`, `checked-out`
   */
  async check(repository: Repository, changes: readonly Change[], signal: AbortSignal): Promise<void> {
    for (const { name, from, to } of changes) {
      this.requireSafe(repository, name);
      if (from === NO_FILE || to === NO_FILE) throw newerWork([], [bytesOf(name)]);
    }
    const now = this.files.now(repository, changes);
    const moved = changes.filter(({ name, from }) => (now.get(name) ?? null) !== from);
    const others = strangersIn(repository, changes);
    const coming = foldersThat(changes, 'come');
    const taken = coming.filter((folder) => entryKind(join(repository.commonDir, folder)) !== 'absent');
    const paths = [...moved.map(({ name }) => name), ...others, ...taken, ...inTheWay(repository, changes)];
    if (paths.length > 0) throw newerWork([], [...new Set(paths)].map(bytesOf));
    for (const { name, to } of changes) {
      if (MODULES.test(name) && to !== null && !hasKept(repository, to)) throw noModules(dirname(name));
      const branch = ON_BRANCH.exec(to ?? '')?.[1];
      if (branch !== undefined && coming.includes(dirname(name)) && name.endsWith('/HEAD'))
        await this.state.requireNotCheckedOut(repository, Buffer.from(branch, 'latin1').toString(), signal);
    }
  }

  now(repository: Repository, changes: readonly Change[]): Facts {
    return this.files.now(repository, changes);
  }

  /** Each file on the way is absent, whole or cut short. */
  apply(repository: Repository, changes: readonly Change[]): void {
    const { commonDir } = repository;
    for (const { name, to } of changes) {
      const path = this.requireSafe(repository, name);
      if (isModules(commonDir, name)) keepModules(repository, path);
      else if (to === null) rmSync(path, { force: true });
      else if (MODULES.test(name)) bringBack(repository, to, path);
      else {
        if (!isAbsolute(name)) mkdirSync(dirname(path), { recursive: true });
        writeWhole(path, Buffer.from(to, 'latin1'));
      }
    }
    for (const folder of foldersThat(changes, 'go')) {
      rmSync(join(commonDir, folder), { recursive: true, force: true });
      removeIfEmpty(join(commonDir, 'worktrees'));
    }
  }

  /** A record may be anybody's: nothing but what git itself keeps of work trees, inside the roots, behind no link. */
  private requireSafe(repository: Repository, name: string): string {
    const own = workTreeName(repository);
    if (own !== '' && (name === join(repository.path, '.git') || name.startsWith(`${own}/`))) {
      const message =
        'That would change the work tree that repo_path names; name another one of the repository';
      throw refused('current', message);
    }
    if (isAbsolute(name)) {
      const folder = dirname(name);
      const real = realPathOf(folder);
      if (!name.endsWith('/.git') || (real !== undefined && real !== folder)) throw pathNotAllowed();
      if (real !== undefined && !this.roots.contains(real)) throw pathNotAllowed();
      return name;
    }
    const parts = name.split('/');
    const isPlain = IN_FOLDER.test(name) && parts.every((part) => !['', '.', '..'].includes(part));
    const folders = parts.slice(0, -1).map((_, at) => join(repository.commonDir, ...parts.slice(0, at + 1)));
    if (!isPlain || !folders.every((folder) => ['folder', 'absent'].includes(entryKind(folder))))
      throw pathNotAllowed();
    return join(repository.commonDir, name);
  }
}

/** Folders in git's that come or go with their last file. */
export function foldersThat(changes: readonly Change[], how: 'come' | 'go'): readonly string[] {
  const side = how === 'come' ? 'from' : 'to';
  const folders = new Map<string, boolean>();
  for (const change of changes) {
    const { folder = '' } = IN_FOLDER.exec(change.name)?.groups ?? {};
    if (folder !== '') folders.set(folder, change[side] === null && (folders.get(folder) ?? true));
  }
  return [...folders].flatMap(([folder, isWhole]) => (isWhole ? [folder] : []));
}

/** What came into folders that go, and would go with them. */
export function strangersIn(repository: Repository, changes: readonly Change[]): readonly string[] {
  const known = new Set(changes.map(({ name }) => name));
  return foldersThat(changes, 'go').flatMap((folder) =>
    filesIn(repository, folder).filter((path) => !known.has(path)),
  );
}

function filesIn(repository: Repository, folder: string): readonly string[] {
  try {
    return filesBelow(repository, folder);
  } catch (error) {
    // What could not be kept is not to be removed either.
    if (error instanceof UnkeptAdminFiles) return [folder];
    throw error;
  }
}

/** Where a work tree would be that another one is at now. */
function inTheWay({ commonDir }: Repository, changes: readonly Change[]): readonly string[] {
  const coming = new Set(foldersThat(changes, 'come').map((folder) => `${folder}/gitdir`));
  return changes.flatMap(({ name, to }) => {
    const link = coming.has(name)
      ? Buffer.from(to ?? '', 'latin1')
          .toString()
          .trimEnd()
      : '';
    const path = resolve(commonDir, dirname(name), link);
    return link !== '' && entryKind(path) !== 'absent' ? [dirname(path)] : [];
  });
}

function noModules(folder: string) {
  const message =
    'The repositories of the submodules of a forgotten work tree are not kept any more, so it is not remembered; use git_worktree';
  return refused('not-kept', message, [folder]);
}

function writeWhole(path: string, content: Buffer): void {
  const file = openSync(path, WRITE, 0o666);
  try {
    writeFileSync(file, content);
  } finally {
    closeSync(file);
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // There are others.
  }
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}
