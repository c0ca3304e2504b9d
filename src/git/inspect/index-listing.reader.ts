import { Injectable } from '@nestjs/common';

import { indexHere, type IndexEntry } from '../objects/listed-index.js';
import { isPlainRepository } from '../reads/libgit2.reads.js';
import { type Repository } from '../repository.js';
import { namedPaths } from '../work-tree/path-lists.js';
import { RepositoryState } from '../writes/repository-state.service.js';

export const FILE_KINDS = ['tracked', 'untracked', 'ignored', 'modified', 'deleted', 'unmerged'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** Mode, id and stage of what the index has, a path of all else. */
export type ListedFile = Pick<IndexEntry, 'path'> & Partial<IndexEntry>;

const OPTIONS: Readonly<Record<FileKind, readonly string[]>> = {
  tracked: ['--stage'],
  untracked: ['--others', '--exclude-standard'],
  ignored: ['--others', '--ignored', '--exclude-standard', '--directory'],
  modified: ['--modified', '--deduplicate'],
  deleted: ['--deleted', '--deduplicate'],
  unmerged: ['--unmerged'],
};
const OF_INDEX = new Set<FileKind>(['tracked', 'unmerged']);

const MODE_DIGITS = 6;

/** What the index holds, and how the work tree differs from it. */
@Injectable()
export class IndexListing {
  constructor(private readonly state: RepositoryState) {}

  /**
   * @param paths none means all
   * @returns in git's order; a folder that is ignored as a whole, and a repository within, is one entry that ends with `/`
   * @throws ServerError `path_not_allowed`; `operation_failed` with `details.reason: 'bare'`
   */
  async list(
    repository: Repository,
    kind: FileKind,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly ListedFile[]> {
    if (!OF_INDEX.has(kind)) this.state.requireWorkTree(repository);
    const here =
      OF_INDEX.has(kind) && paths.length === 0 ? await this.listHere(repository, kind, signal) : undefined;
    if (here) return here;
    const only = paths.length === 0 ? {} : { paths: namedPaths(repository, paths) };
    const command = { name: 'ls-files', options: ['-z', ...OPTIONS[kind]], ...only };
    const records = await this.state.list(repository, command, signal, { rawOutput: true });
    return OF_INDEX.has(kind) ? records.map(entryOf) : records.map((path) => ({ path }));
  }

  /** The file itself is read sooner than a git has started. */
  private async listHere(
    repository: Repository,
    kind: FileKind,
    signal: AbortSignal,
  ): Promise<readonly ListedFile[] | undefined> {
    if (!isPlainRepository(repository) || signal.aborted) return undefined;
    const entries = await indexHere(repository);
    return kind === 'tracked' ? entries : entries?.filter(({ stage }) => stage > 0);
  }
}

/** `<mode> <id> <stage> TAB <path>`, cut where the parts are: there may be a hundred thousand. */
function entryOf(record: string): ListedFile {
  const tab = record.indexOf('\t');
  return {
    path: record.slice(tab + 1),
    mode: record.slice(0, MODE_DIGITS),
    sha: record.slice(MODE_DIGITS + 1, tab - 2),
    stage: Number(record.charAt(tab - 1)),
  };
}
