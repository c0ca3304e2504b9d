import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { readConfigFile } from '../libgit2/repository-config.js';
import { readRegularFile } from '../libgit2/small-file.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { placeOf } from '../paths/folder-place.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { goneWorktrees } from '../worktrees/gone-worktrees.js';
import { linkedPlaces } from './linked-places.js';
import { isWhollyKept } from './setting-facts.js';
import { type Change, type Facts } from './snapshot.js';

/** In git's folder: what git itself writes down of each linked work tree. */
const FOLDER = 'worktrees';
const MOST_FILES = 4_096;
/** A work tree that is there says in it where git's folder of it is. */
const LINK = '.git';

/** Of a folder with repositories of submodules it is only known which one it is. */
export const MODULES = new RegExp(`^${FOLDER}/[^/]+/modules$`);

/** Stands for what is no file, and is never put back. */
export const NO_FILE = '\0';

/** Files by their path in git's folder, or absolute; contents as bytes, one character each. */
export type AdminFacts = Facts;

/** Why what is there is not kept: `too-large`, `own-configuration`, `unreadable`. */
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
    for (const name of goneWorktrees(repository)) {
      for (const path of filesBelow(repository, `${FOLDER}/${name}`)) {
        const content = factOf(repository.commonDir, path, left);
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
    return new Map(
      [...new Set(names)].flatMap((name): [string, string][] => {
        const kind = entryKind(resolve(commonDir, name));
        if (kind === 'absent') return [];
        const isKept = kind === 'file' || isModules(commonDir, name);
        return [[name, isKept ? factOf(commonDir, name, Number.MAX_SAFE_INTEGER) : NO_FILE]];
      }),
    );
  }
}

/** All files of a folder in git's, by their paths there. */
export function filesBelow({ commonDir }: Repository, folder: string): readonly string[] {
  const top = join(commonDir, folder);
  if (entryKind(top) === 'file') return [folder];
  if (entryKind(top) !== 'folder') return [];
  if (!hasPlainSettings(join(top, 'config.worktree'))) throw new UnkeptAdminFiles('own-configuration');
  return readdirSync(top).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (isModules(commonDir, path)) return [path];
    return name === 'logs' ? [] : filesIn(commonDir, path);
  });
}

function filesIn(commonDir: string, path: string): readonly string[] {
  if (entryKind(join(commonDir, path)) !== 'folder') return [path];
  const entries = readdirSync(join(commonDir, path), { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(commonDir.length + 1));
}

/** Whether it is such a folder, known as `placeOf` gives it. */
export function isModules(commonDir: string, name: string): boolean {
  return MODULES.test(name) && entryKind(join(commonDir, name)) === 'folder';
}

function factOf(commonDir: string, name: string, most: number): string {
  const path = resolve(commonDir, name);
  return isModules(commonDir, name) ? placeOf(path) : contentOf(path, most);
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
