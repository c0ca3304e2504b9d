import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { readConfigFile } from '../libgit2/repository-config.js';
import { readRegularFile } from '../libgit2/small-file.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { entryKind, readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { linkedPlaces } from './linked-places.js';
import { isWhollyKept } from './setting-facts.js';
import { type Change, type Facts } from './snapshot.js';

/** In git's folder: what git itself writes down of each linked work tree. */
const FOLDER = 'worktrees';
const MOST_FILES = 4_096;
/** A work tree that is there says in it where git's folder of it is. */
const LINK = '.git';

/** Stands for what is no file, and is never put back. */
export const NO_FILE = '\0';

/** Files by their path in git's folder, or absolute; contents as bytes, one character each. */
export type AdminFacts = Facts;

/** Why what is there is not kept: `too-large`, `submodules`, `own-configuration`, `unreadable`. */
export class UnkeptAdminFiles extends Error {
  constructor(readonly limit: string) {
    super(limit);
  }
}

/** Reads what git writes down of linked work trees, in its own folder and in theirs. */
@Injectable()
export class AdminFiles {
  constructor(private readonly config: GitConfig) {}

  /** All that a prune would take away; reflogs left out. @throws UnkeptAdminFiles */
  ofGone(repository: Repository): AdminFacts {
    const facts = new Map<string, string>();
    let left = this.config.operations.maxSnapshotBytes;
    for (const name of goneNames(repository)) {
      for (const path of filesBelow(repository, `${FOLDER}/${name}`)) {
        const content = contentOf(join(repository.commonDir, path), left);
        left -= content.length;
        facts.set(path, content);
        if (facts.size > MOST_FILES) throw new UnkeptAdminFiles('too-large');
      }
    }
    return facts;
  }

  /** What ties work trees to their repository, at both ends. @param paths of further work trees */
  ofLinks(repository: Repository, paths: readonly string[]): AdminFacts {
    const places = linkedPlaces(repository);
    const ours = places.map(({ name }) => `${FOLDER}/${name}/gitdir`);
    const theirs = [...places.map(({ path }) => path), ...paths].map((path) => join(path, LINK));
    return this.at(repository, [...ours, ...theirs]);
  }

  /** What stands at these paths now. */
  now(repository: Repository, changes: readonly Change[]): AdminFacts {
    return this.at(
      repository,
      changes.map(({ name }) => name),
    );
  }

  at({ commonDir }: Repository, names: readonly string[]): AdminFacts {
    const paths = [...new Set(names)].map((name) => [name, resolve(commonDir, name)] as const);
    const there = paths.map(([name, path]) => [name, entryKind(path), path] as const);
    return new Map(
      there.flatMap(([name, kind, path]): [string, string][] => {
        if (kind === 'absent') return [];
        return [[name, kind === 'file' ? contentOf(path, Number.MAX_SAFE_INTEGER) : NO_FILE]];
      }),
    );
  }
}

/** All files of a folder in git's, by their paths there. */
export function filesBelow({ commonDir }: Repository, folder: string): readonly string[] {
  const top = join(commonDir, folder);
  if (entryKind(top) === 'file') return [folder];
  if (entryKind(top) !== 'folder') return [];
  if (entryKind(join(top, 'modules')) !== 'absent') throw new UnkeptAdminFiles('submodules');
  if (!hasPlainSettings(join(top, 'config.worktree'))) throw new UnkeptAdminFiles('own-configuration');
  const entries = readdirSync(top, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  const files = paths.map((path) => path.slice(commonDir.length + 1));
  return files.filter((path) => !path.startsWith(`${folder}/logs/`));
}

/** As git has it: those that are not locked, and whose folder is gone, or that another one is in. */
function goneNames({ commonDir }: Repository): readonly string[] {
  const folder = join(commonDir, FOLDER);
  if (entryKind(folder) !== 'folder') return [];
  const links = new Map(
    readdirSync(folder).map((name) => {
      const link = readSmallFile(join(folder, name, 'gitdir'))?.trimEnd();
      return [name, link ? resolve(folder, name, link) : undefined];
    }),
  );
  const all = [...links.values()];
  return [...links].flatMap(([name, link]) => {
    if (entryKind(join(folder, name, 'locked')) !== 'absent') return [];
    const isThere = link !== undefined && entryKind(link) !== 'absent';
    return isThere && all.filter((other) => other === link).length === 1 ? [] : [name];
  });
}

function contentOf(path: string, most: number): string {
  try {
    const content = readRegularFile(path, most);
    if (content !== null) return content.toString('latin1');
  } catch (error) {
    if (!(error instanceof Unsuited)) throw error;
    if (entryKind(path) === 'file') throw new UnkeptAdminFiles('too-large');
  }
  throw new UnkeptAdminFiles('unreadable');
}

function hasPlainSettings(path: string): boolean {
  if (entryKind(path) === 'absent') return true;
  try {
    return isWhollyKept(readConfigFile(path));
  } catch (error) {
    if (error instanceof Unsuited) return false;
    throw error;
  }
}
