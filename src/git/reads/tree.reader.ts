import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { ServerError } from '../../shared/errors/index.js';
import { GIT_CLI, type GitCli, type GitResult } from '../git-cli.port.js';
import { ObjectCache } from '../object-cache.js';
import { type Repository } from '../repository.js';
import { Libgit2Reads } from './libgit2.reads.js';
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

export interface FoundFile extends FoundEntry {
  /** Of a file that is not large, where it was read on the way. */
  readonly content?: Buffer;
}

/** The content of a blob as it is kept: who finds a file by a path keeps it for who asks by its id. */
export interface KeptBlob {
  readonly content: Buffer;
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
    private readonly libgit2: Libgit2Reads,
    private readonly revisions: RevisionResolver,
    private readonly cache: ObjectCache,
    private readonly config: GitConfig,
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
    const entries = await this.below(repository, commit, segments, signal, { sizes: true });
    return entries && { commit, entries };
  }

  /**
   * What stands at a path, with its content where that is a file of at most `git.maxOutputBytes` that libgit2 can read.
   *
   * @returns `undefined` where the commit has nothing of this path
   */
  async file(
    repository: Repository,
    revision: string,
    path: string | Uint8Array,
    signal: AbortSignal,
  ): Promise<FoundFile | undefined> {
    const segments = treeSegments(path);
    const commit = await this.revisions.resolve(repository, revision, signal);
    const known = this.knownFile(repository, commit, segments);
    if (known) return known;
    const maxBytes = this.config.maxOutputBytes;
    const read = await this.libgit2.ask(repository, 'file', { commit, segments, maxBytes }, signal);
    if (!read) {
      const entries = await this.below(repository, commit, segments.slice(0, -1), signal);
      const entry = entries?.find(({ name }) => name === segments.at(-1));
      return entry && { commit, entry };
    }
    const { type, sha, bytes } = read;
    const entry = { name: segments.at(-1) ?? '', type, sha, size: bytes };
    this.cache.set(fileKey(repository, commit, segments), entry, ENTRY_BYTES);
    if (read.content === null) return { commit, entry };
    const content = Buffer.from(read.content);
    this.cache.set(blobKey(repository, sha), { content } satisfies KeptBlob, content.length);
    return { commit, entry, content };
  }

  private knownFile(
    repository: Repository,
    commit: string,
    segments: readonly string[],
  ): FoundFile | undefined {
    const entry = this.cache.get<TreeEntry>(fileKey(repository, commit, segments));
    return entry && { commit, entry };
  }

  /**
   * The entries of the folder that the segments lead to.
   *
   * @param id of a tree, or of the commit that has it
   * @param options `sizes`: of files with their bytes, where they can be told; else they may be missing
   */
  async below(
    repository: Repository,
    id: string,
    segments: readonly string[],
    signal: AbortSignal,
    { sizes = false } = {},
  ): Promise<readonly TreeEntry[] | undefined> {
    let at = id;
    for (let depth = 0; ; depth += 1) {
      const rest = segments.slice(depth);
      const isLast = rest.length === 0;
      let entries = this.known(repository, at, isLast && sizes);
      if (!entries) {
        const walked = await this.walk(repository, at, rest, sizes, signal);
        if (walked) return walked[rest.length];
        entries = await this.level(repository, at, signal);
      }
      if (isLast) return entries;
      const next = entries.find(({ name }) => name === rest[0]);
      if (next?.type !== 'folder') return undefined;
      at = next.sha;
    }
  }

  private known(repository: Repository, id: string, sizes: boolean): readonly TreeEntry[] | undefined {
    const withSizes = this.cache.get<readonly TreeEntry[]>(keyOf(repository, id, true));
    return withSizes ?? (sizes ? undefined : this.cache.get(keyOf(repository, id, false)));
  }

  private keep(repository: Repository, id: string, entries: readonly TreeEntry[], sizes: boolean): void {
    this.cache.set(keyOf(repository, id, sizes), entries, entries.length * ENTRY_BYTES);
  }

  /** All that is still to be walked at once, by libgit2. */
  private async walk(
    repository: Repository,
    id: string,
    segments: readonly string[],
    sizes: boolean,
    signal: AbortSignal,
  ): Promise<readonly (readonly TreeEntry[])[] | undefined> {
    const levels = await this.libgit2.ask(repository, 'tree', { id, segments, sizes }, signal);
    let at = id;
    for (const [depth, entries] of (levels ?? []).entries()) {
      this.keep(repository, at, entries, sizes && depth === segments.length);
      at = entries.find(({ name }) => name === segments[depth])?.sha ?? '';
    }
    return levels;
  }

  /** @param id of a tree, or of the commit that has it */
  private async level(
    repository: Repository,
    id: string,
    signal: AbortSignal,
  ): Promise<readonly TreeEntry[]> {
    // The sizes of blobs that a partial clone has not cannot be told; the names can.
    let result = await this.list(repository, id, ['--long'], signal);
    if (isElsewhere(result)) result = await this.list(repository, id, [], signal);
    const { exitCode, stdout, truncated } = result;
    if (exitCode !== 0 || truncated) throw unreadable(exitCode);
    const entries = parseTree(stdout);
    this.keep(repository, id, entries, true);
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

export function blobKey({ commonDir }: Repository, sha: string): string {
  return `${commonDir}\0blob\0${sha}`;
}

function fileKey({ commonDir }: Repository, commit: string, segments: readonly string[]): string {
  return `${commonDir}\0file\0${commit}\0${segments.join('/')}`;
}

function keyOf({ commonDir }: Repository, id: string, sizes: boolean): string {
  return `${commonDir}\0tree\0${id}${sizes ? '\0sizes' : ''}`;
}

function unreadable(exitCode: number): ServerError {
  const message = 'git could not read a tree of the commit; check that the repository is complete';
  return new ServerError('operation_failed', message, {
    details: { command: 'ls-tree', exit_code: exitCode },
  });
}
