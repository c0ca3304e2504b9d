import { Injectable } from '@nestjs/common';

import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { isCovered } from '../writes/work-tree-paths.js';
import { type ByteName, byteName } from './path-lists.js';

export interface TrackedFile {
  readonly path: ByteName;
  /** `100644`, `100755`, `120000`; `160000` for a repository of its own. */
  readonly mode: string;
  readonly sha: string;
  /** 0, or in a conflict 1 (base), 2 (ours), 3 (theirs). */
  readonly stage: number;
}

const ENTRY = /^(\d+) ([0-9a-f]+) (\d)\t(.*)$/s;

/** The entries of the index. */
@Injectable()
export class TrackedFiles {
  constructor(private readonly state: RepositoryState) {}

  /** @param paths files and folders, `.` for all */
  async list(
    repository: Repository,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly TrackedFile[]> {
    const command = { name: 'ls-files', options: ['--stage', '-z'], paths };
    const records = await this.state.list(repository, command, signal, { rawOutput: true });
    return records.map((record) => {
      const [, mode = '', sha = '', stage = '0', path = ''] = ENTRY.exec(record) ?? [];
      return { path, mode, sha, stage: Number(stage) };
    });
  }

  /**
   * As `list`, for what can only be done to files that git knows, and to no repository within.
   *
   * @throws ServerError `operation_failed` with `details: {reason: 'not-tracked' | 'is-a-submodule', paths}`
   */
  async require(
    repository: Repository,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly TrackedFile[]> {
    const files = await this.list(repository, paths, signal);
    const names = files.map(({ path }) => path);
    const unknown = paths.filter((path) => !names.some((name) => isCovered(name, [byteName(path)])));
    if (unknown.length > 0)
      throw refused('not-tracked', 'Paths are not known to git; see git_status', unknown);
    // git would look into it, with the filters that its own configuration names.
    const nested = files.filter(({ mode }) => mode === '160000').map(({ path }) => path);
    if (nested.length === 0) return files;
    const message = 'Paths are, or hold, repositories of their own; name the other files one by one';
    throw refused('is-a-submodule', message, nested);
  }
}
