import { lstatSync } from 'node:fs';
import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { type GitCommand } from '../git-cli.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from './repository-state.service.js';
import { isBeyondBorder, isCovered, workTreePath } from './work-tree-paths.js';

const CHANGED = ['-z', '--modified', '--deleted', '--others', '--exclude-standard', '--deduplicate'];

export interface AddablePaths {
  /** What was asked for, relative to the work tree. */
  readonly asked: readonly string[];
  /** Files that differ from the index, one character for each byte of their names; in an order they can be staged in. */
  readonly changed: readonly string[];
}

const STAGE = ['--add', '--remove', '--replace', '-z', '--stdin'];

/** For `git update-index`. A name need not be UTF-8, and goes back to git as it came. */
export function stagingOf({ changed }: AddablePaths): Pick<GitCommand, 'options' | 'stdin'> {
  return { options: STAGE, stdin: Buffer.from(changed.join('\0'), 'latin1') };
}

/** Finds what `git add` would stage, and refuses what it would. */
@Injectable()
export class AddablePathFinder {
  constructor(private readonly state: RepositoryState) {}

  /** @throws ServerError `path_not_allowed`; `operation_failed` with `details: {reason, paths}` for files that cannot be staged */
  async find(repository: Repository, files: readonly string[], signal: AbortSignal): Promise<AddablePaths> {
    this.state.requireWorkTree(repository);
    const asked = [...new Set(files.map((file) => workTreePath(repository.path, file)))];
    if (asked.length === 0)
      throw refused('nothing-given', 'No file was given; name at least one, or "." for all');
    await this.refuseUnknown(repository, asked, signal);
    const listing = { name: 'ls-files', options: CHANGED, paths: asked };
    const changed = await this.state.list(repository, listing, signal, { rawOutput: true });
    // In order: what became a folder is taken out before what it holds is put in.
    return { asked, changed: changed.map((path) => path.replace(/\/$/, '')).toSorted() };
  }

  /**
   * Only a path that was asked for by name and gave nothing can be ignored; "." leaves out what is.
   *
   * @throws ServerError `operation_failed` with `details: {reason: 'ignored', paths}`
   */
  async refuseIgnored(
    repository: Repository,
    { asked, changed }: AddablePaths,
    signal: AbortSignal,
    others: 'are-staged' | 'are-not-staged' = 'are-staged',
  ): Promise<void> {
    const found = changed.map(fromBytes);
    const without = asked.filter((path) => path !== '.' && !found.some((file) => isCovered(file, [path])));
    if (without.length === 0) return;
    const options = ['-z', '--others', '--ignored', '--exclude-standard', '--directory'];
    const ignored = await this.state.list(repository, { name: 'ls-files', options, paths: without }, signal);
    if (ignored.length === 0) return;
    const rest = others === 'are-staged' ? 'only the others are staged' : 'name only the others';
    throw refused('ignored', `Files to stage are ignored by .gitignore; ${rest}`, ignored);
  }

  // A file that is gone from the work tree but known to the index is one to delete, not one that is missing. What lies
  // beyond a link git add refuses too; the steps that it consists of would find nothing to do.
  private async refuseUnknown(
    repository: Repository,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const absent = paths.filter((path) => !exists(join(repository.path, path)));
    const beyond = paths.filter((path) => isBeyondBorder(repository.path, path));
    const asked = [...new Set([...absent, ...beyond])];
    if (asked.length === 0) return;
    const listing = { name: 'ls-files', options: ['-z'], paths: asked };
    const known = await this.state.list(repository, listing, signal);
    const unknown = asked.filter((path) => !known.some((file) => isCovered(file, [path])));
    if (unknown.length === 0) return;
    if (unknown.some((path) => beyond.includes(path))) {
      const message = 'Files to stage lie behind a symbolic link, or in a repository of their own';
      throw refused('beyond-border', message, unknown);
    }
    const message = 'Files to stage do not exist; see git_status for those that changed';
    throw refused('no-such-file', message, unknown);
  }
}

/** The name that a client reads; one that is no UTF-8 cannot be read exactly. */
export function fromBytes(text: string): string {
  return Buffer.from(text, 'latin1').toString();
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // A parent that is a file.
    return false;
  }
}
