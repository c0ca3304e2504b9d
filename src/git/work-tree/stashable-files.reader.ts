import { Injectable } from '@nestjs/common';

import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { byteName, type ByteName } from './path-lists.js';
import { TrackedFiles } from './tracked-files.reader.js';

export interface StashSelection {
  /** `.` for all. */
  readonly paths: readonly string[];
  readonly untracked: boolean;
  readonly staged: boolean;
}

/** git hands them on as arguments, which may take two megabytes together with the environment. */
const MAX_ARGUMENT_BYTES = 2 ** 20;

/** `:<old mode> <new mode> <old id> <new id> <status>` */
const SUBMODULE = /^:(?:160000 \d+|\d+ 160000) /;

/** Finds the files that a stash takes. Repositories within are left out: git would look into them, filters and all. */
@Injectable()
export class StashableFiles {
  constructor(
    private readonly state: RepositoryState,
    private readonly trackedFiles: TrackedFiles,
  ) {}

  /** @throws ServerError `operation_failed` with `details.reason`: `nothing-to-stash`, `unmerged` */
  async find(
    repository: Repository,
    { paths, untracked, staged }: StashSelection,
    signal: AbortSignal,
  ): Promise<readonly ByteName[]> {
    const unmerged = await this.state.conflicts(repository, signal);
    if (unmerged.length > 0)
      throw refused('unmerged', 'There are conflicts; resolve them before anything is stashed', unmerged);
    const [known, fresh] = await Promise.all([
      this.tracked(repository, { paths, staged }, signal),
      untracked ? this.untracked(repository, paths, signal) : [],
    ]);
    const names = [...new Set([...known, ...fresh])];
    if (names.length === 0)
      throw refused('nothing-to-stash', 'Nothing is changed at these paths, so there is nothing to stash');
    return names;
  }

  /** Those of them that the index or HEAD has. */
  async tracked(
    repository: Repository,
    { paths, staged }: Pick<StashSelection, 'paths' | 'staged'>,
    signal: AbortSignal,
  ): Promise<readonly ByteName[]> {
    const [inIndex, changed] = await Promise.all([
      this.differing(repository, ['--cached'], ['HEAD'], paths, signal),
      staged ? [] : this.differing(repository, [], [], paths, signal),
    ]);
    return [...new Set([...inIndex, ...changed])];
  }

  /**
   * What to give to git as the paths of the files found.
   *
   * @throws ServerError `operation_failed` with `details.reason: 'too-many-entries'` where they are too many to name,
   *   and there are repositories within that keep them from being named by their folders
   */
  async pathspecs(
    repository: Repository,
    { paths, untracked }: StashSelection,
    found: readonly ByteName[],
    signal: AbortSignal,
  ): Promise<readonly ByteName[]> {
    const bytes = found.reduce((sum, name) => sum + name.length + 1, 0);
    if (bytes <= MAX_ARGUMENT_BYTES) return found;
    const files = await this.trackedFiles.list(repository, paths, signal);
    const others = untracked ? await this.others(repository, paths, signal) : [];
    if (files.every(({ mode }) => mode !== '160000') && !others.some(isFolder)) return paths.map(byteName);
    const message = 'There are too many files beside repositories within; stash some of the paths at a time';
    throw refused('too-many-entries', message);
  }

  private async differing(
    repository: Repository,
    options: readonly string[],
    revisions: readonly string[],
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly ByteName[]> {
    const raw = ['--raw', '-z', '--no-renames', '--abbrev=7', ...options];
    const command = { name: 'diff', options: raw, revisions, paths };
    const fields = await this.state.list(repository, command, signal, { rawOutput: true });
    return fields.flatMap((field, at) =>
      at % 2 === 1 && !SUBMODULE.test(fields[at - 1] ?? '') ? [field] : [],
    );
  }

  private async untracked(repository: Repository, paths: readonly string[], signal: AbortSignal) {
    return (await this.others(repository, paths, signal)).filter((path) => !isFolder(path));
  }

  private others(repository: Repository, paths: readonly string[], signal: AbortSignal) {
    const command = { name: 'ls-files', options: ['-z', '--others', '--exclude-standard'], paths };
    return this.state.list(repository, command, signal, { rawOutput: true });
  }
}

/** Only a repository within is listed as a folder. */
function isFolder(path: ByteName): boolean {
  return path.endsWith('/');
}
