import { Injectable } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { type ByteName, namedPaths } from '../work-tree/path-lists.js';
import { RepositoryState } from '../writes/repository-state.service.js';

export const FILE_KINDS = ['tracked', 'untracked', 'ignored', 'modified', 'deleted', 'unmerged'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

export interface ListedFile {
  readonly path: ByteName;
  /** Of what the index has: `100644`, `100755`, `120000`; `160000` for a repository of its own. */
  readonly mode?: string;
  readonly sha?: string;
  /** 0, or in a conflict 1 (base), 2 (ours), 3 (theirs). */
  readonly stage?: number;
}

const OPTIONS: Readonly<Record<FileKind, readonly string[]>> = {
  tracked: ['--stage'],
  untracked: ['--others', '--exclude-standard'],
  ignored: ['--others', '--ignored', '--exclude-standard', '--directory'],
  modified: ['--modified', '--deduplicate'],
  deleted: ['--deleted', '--deduplicate'],
  unmerged: ['--unmerged'],
};
const OF_INDEX = new Set<FileKind>(['tracked', 'unmerged']);
const ENTRY = /^(\d+) ([0-9a-f]+) (\d)\t([^]*)$/;

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
    const only = paths.length === 0 ? {} : { paths: namedPaths(repository, paths) };
    const command = { name: 'ls-files', options: ['-z', ...OPTIONS[kind]], ...only };
    const records = await this.state.list(repository, command, signal, { rawOutput: true });
    return OF_INDEX.has(kind) ? records.map(entryOf) : records.map((path) => ({ path }));
  }
}

function entryOf(record: string): ListedFile {
  const [, mode = '', sha = '', stage = '0', path = ''] = ENTRY.exec(record) ?? [];
  return { path, mode, sha, stage: Number(stage) };
}
