import { Inject, Injectable } from '@nestjs/common';

import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli, type GitResult } from '../git-cli.port.js';
import { ObjectCache } from '../object-cache.js';
import { isElsewhere } from '../reads/search-failure.js';
import { parseTree, type TreeEntry } from '../reads/tree-output.parser.js';
import { treeSegments } from '../reads/tree-path.js';
import { TreeReader } from '../reads/tree.reader.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { TreeishResolver } from './treeish.resolver.js';

export interface TreeListing {
  /** Id of the commit that the revision names, or of the tree where it names none. */
  readonly id: string;
  /** Their names are paths from the top of the tree, one character for each byte. */
  readonly entries: readonly TreeEntry[];
}

interface Place {
  readonly repository: Repository;
  /** Of a tree, or of the commit that has it. */
  readonly id: string;
  readonly segments: readonly string[];
}

const MAX_LIST_BYTES = 64 * 2 ** 20;
const ENTRY_BYTES = 300;

/** Lists what a commit or a tree holds. Trees are read by id and kept: they never change. */
@Injectable()
export class TreeLister {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly trees: TreeReader,
    private readonly treeish: TreeishResolver,
    private readonly cache: ObjectCache,
  ) {}

  /**
   * @param path a folder, or one file; `''` for the top
   * @param recursive with all below the folder, and without the folders themselves
   * @returns in git's order
   * @throws ServerError `revision_not_found`, `path_not_allowed`; `operation_failed` with `details.reason: 'no-such-path'`
   */
  async list(
    repository: Repository,
    { revision, path, recursive }: { revision: string; path: string; recursive: boolean },
    signal: AbortSignal,
  ): Promise<TreeListing> {
    const segments = treeSegments(path);
    const id = await this.treeish.treeish(repository, revision, signal);
    const place = { repository, id, segments };
    const folder = recursive
      ? await this.allBelow(place, signal)
      : await this.trees.below(repository, id, segments, signal, { sizes: true });
    if (folder) return { id, entries: prefixed(segments, folder) };
    return { id, entries: prefixed(segments.slice(0, -1), [await this.file(place, signal)]) };
  }

  private async allBelow(
    { repository, id, segments }: Place,
    signal: AbortSignal,
  ): Promise<readonly TreeEntry[] | undefined> {
    if (segments.length === 0) return this.all(repository, id, signal);
    const parent = await this.trees.below(repository, id, segments.slice(0, -1), signal);
    const found = parent?.find(({ name }) => name === segments.at(-1));
    return found?.type === 'folder' ? this.all(repository, found.sha, signal) : undefined;
  }

  private async file({ repository, id, segments }: Place, signal: AbortSignal): Promise<TreeEntry> {
    const folder = segments.slice(0, -1);
    const siblings = await this.trees.below(repository, id, folder, signal, { sizes: true });
    const found = siblings?.find(({ name }) => name === segments.at(-1));
    if (found !== undefined) return found;
    throw refused('no-such-path', 'The revision has nothing of that path; list the folder above it');
  }

  private async all(repository: Repository, id: string, signal: AbortSignal): Promise<readonly TreeEntry[]> {
    const key = `${repository.commonDir}\0tree-all\0${id}`;
    const known = this.cache.get<readonly TreeEntry[]>(key);
    if (known) return known;
    // The sizes of blobs that a partial clone has not cannot be told; the names can.
    let result = await this.read(repository, id, ['--long'], signal);
    if (isElsewhere(result)) result = await this.read(repository, id, [], signal);
    if (result.exitCode !== 0) throw gitFailure('ls-tree', result);
    if (result.truncated) {
      throw refused('too-many-entries', 'The tree has more entries than can be listed; name a folder of it');
    }
    const entries = parseTree(result.stdout);
    this.cache.set(key, entries, entries.length * ENTRY_BYTES);
    return entries;
  }

  private read(
    repository: Repository,
    id: string,
    options: readonly string[],
    signal: AbortSignal,
  ): Promise<GitResult> {
    const command = { name: 'ls-tree', options: ['-z', '-r', '--full-tree', ...options], revisions: [id] };
    const limits = { maxOutputBytes: MAX_LIST_BYTES, rawOutput: true };
    return this.git.run(repository, command, signal, limits);
  }
}

function prefixed(folder: readonly string[], entries: readonly TreeEntry[]): readonly TreeEntry[] {
  const prefix = folder.map((segment) => `${segment}/`).join('');
  // All of a large tree is not copied on every call.
  return prefix === '' ? entries : entries.map((entry) => ({ ...entry, name: prefix + entry.name }));
}
