import { dirname } from 'node:path';

import { Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { AllowedRoots, realPathOf } from '../paths/allowed-roots.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';

export interface Worktree {
  readonly path: string;
  readonly head: string | null;
  /** `null` where HEAD is detached, or there is none. */
  readonly branch: string | null;
  /** The first work tree, with the repository itself in it; or the bare repository. */
  readonly main: boolean;
  readonly bare: boolean;
  /** Why it is locked, possibly an empty text; `null` where it is not. */
  readonly locked: string | null;
  /** Why a prune would forget it. */
  readonly prunable: string | null;
  /** Whether it lies inside the roots; of others nothing is read or written. */
  readonly inside: boolean;
}

/** Which work trees a repository has, by what its own files say of them. */
@Injectable()
export class WorktreeLister {
  private readonly roots: AllowedRoots;

  constructor(
    config: GitConfig,
    private readonly state: RepositoryState,
  ) {
    this.roots = new AllowedRoots(config.roots);
  }

  /** @returns the main one first */
  async list(repository: Repository, signal: AbortSignal): Promise<readonly Worktree[]> {
    const command = { name: 'worktree list', options: ['--porcelain', '-z'] };
    const lines = await this.state.list(repository, command, signal);
    const records: string[][] = [[]];
    for (const line of lines) {
      if (line === '') records.push([]);
      else records.at(-1)?.push(line);
    }
    return records.filter((record) => record.length > 0).map((record, index) => this.worktree(record, index));
  }

  private worktree(lines: readonly string[], index: number): Worktree {
    const fields = new Map(
      lines.map((line) => {
        const [name = ''] = line.split(' ', 1);
        return [name, line.slice(name.length + 1)];
      }),
    );
    const path = fields.get('worktree') ?? '';
    return {
      path,
      head: fields.get('HEAD') ?? null,
      branch: fields.get('branch')?.replace(/^refs\/heads\//, '') ?? null,
      main: index === 0,
      bare: fields.has('bare'),
      locked: fields.get('locked') ?? null,
      prunable: fields.get('prunable') ?? null,
      inside: this.isInside(path),
    };
  }

  /** By the real path of what is left of it. */
  private isInside(path: string): boolean {
    for (let folder = path; ; folder = dirname(folder)) {
      const real = realPathOf(folder);
      if (real !== undefined) return this.roots.contains(real);
      if (folder === dirname(folder)) return false;
    }
  }
}
