import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { GIT_CLI, type GitCli, type GitResult } from '../git-cli.port.js';
import { ObjectCache } from '../object-cache.js';
import { type Repository } from '../repository.js';
import { RevisionResolver } from './revision.resolver.js';
import { isElsewhere } from './search-failure.js';
import { parseTree, type TreeEntry } from './tree-output.parser.js';
import { treeSegments } from './tree-path.js';

export interface TreeAnswer {
  /** Id of the commit that the revision names. */
  readonly commit: string;
  readonly entries: readonly TreeEntry[];
}

export interface FoundEntry {
  readonly commit: string;
  readonly entry: TreeEntry;
}

const MAX_LIST_BYTES = 64 * 2 ** 20;
const ENTRY_BYTES = 300;

/**
 * What commits hold, by path. Each tree on the way is read by its id, so that no path of a caller ever becomes an
 * argument of git, and is kept: a tree never changes.
 *
 * All methods throw `revision_not_found`, `path_not_allowed` for what can be no path, `operation_failed` where git
 * fails, and what the runner of git throws.
 */
@Injectable()
export class TreeReader {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly revisions: RevisionResolver,
    private readonly cache: ObjectCache,
  ) {}

  /**
   * The entries of a folder in git's order.
   *
   * @param path `''` for the top; text, or the bytes of a name that is no UTF-8
   * @returns `undefined` where the commit has no such folder
   */
  async tree(
    repository: Repository,
    revision: string,
    path: string | Uint8Array,
    signal: AbortSignal,
  ): Promise<TreeAnswer | undefined> {
    const segments = treeSegments(path);
    const commit = await this.revisions.resolve(repository, revision, signal);
    const entries = await this.below(repository, commit, segments, signal);
    return entries && { commit, entries };
  }

  /** @returns `undefined` where the commit has nothing of this path */
  async entry(
    repository: Repository,
    revision: string,
    path: string | Uint8Array,
    signal: AbortSignal,
  ): Promise<FoundEntry | undefined> {
    const segments = treeSegments(path);
    const commit = await this.revisions.resolve(repository, revision, signal);
    const entries = await this.below(repository, commit, segments.slice(0, -1), signal);
    const entry = entries?.find(({ name }) => name === segments.at(-1));
    return entry && { commit, entry };
  }

  /**
   * The entries of the folder that the segments lead to.
   *
   * @param id of a tree, or of the commit that has it
   */
  async below(
    repository: Repository,
    id: string,
    segments: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly TreeEntry[] | undefined> {
    let entries = await this.level(repository, id, signal);
    for (const segment of segments) {
      const next = entries.find(({ name }) => name === segment);
      if (next?.type !== 'folder') return undefined;
      entries = await this.level(repository, next.sha, signal);
    }
    return entries;
  }

  /** @param id of a tree, or of the commit that has it */
  private async level(
    repository: Repository,
    id: string,
    signal: AbortSignal,
  ): Promise<readonly TreeEntry[]> {
    const key = `${repository.commonDir}\0tree\0${id}`;
    const known = this.cache.get<readonly TreeEntry[]>(key);
    if (known) return known;
    // The sizes of blobs that a partial clone has not cannot be told; the names can.
    let result = await this.list(repository, id, ['--long'], signal);
    if (isElsewhere(result)) result = await this.list(repository, id, [], signal);
    const { exitCode, stdout, truncated } = result;
    if (exitCode !== 0 || truncated) throw unreadable(exitCode);
    const entries = parseTree(stdout);
    this.cache.set(key, entries, entries.length * ENTRY_BYTES);
    return entries;
  }

  private list(
    repository: Repository,
    id: string,
    more: readonly string[],
    signal: AbortSignal,
  ): Promise<GitResult> {
    const options = ['-z', '--full-tree', ...more];
    const limits = { maxOutputBytes: MAX_LIST_BYTES, rawOutput: true };
    return this.git.run(repository, { name: 'ls-tree', options, revisions: [id] }, signal, limits);
  }
}

function unreadable(exitCode: number): ServerError {
  const message = 'git could not read a tree of the commit; check that the repository is complete';
  return new ServerError('operation_failed', message, {
    details: { command: 'ls-tree', exit_code: exitCode },
  });
}
