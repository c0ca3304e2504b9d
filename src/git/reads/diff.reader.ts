import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { ServerError } from '../../shared/errors/index.js';
import { type DiffAnswer, type DiffQuery } from '../git-reads.port.js';
import { entryCount } from '../libgit2/index-file.js';
import { readStart } from '../libgit2/small-file.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { type Repository } from '../repository.js';
import { CliReads } from './cli.reads.js';
import { parseDiffTarget } from './diff-target.js';
import { IdAnswers } from './id-answers.service.js';
import { Libgit2Reads } from './libgit2.reads.js';
import { RevisionResolver } from './revision.resolver.js';

/** Up to here libgit2 compares the index sooner than a git process has started. */
const STAGED_MAX_ENTRIES = 20_000;

/** Finds the two ends of a diff and who is to compare them. */
@Injectable()
export class DiffReader {
  constructor(
    private readonly revisions: RevisionResolver,
    private readonly answers: IdAnswers,
    private readonly libgit2: Libgit2Reads,
    private readonly cli: CliReads,
    private readonly config: GitConfig,
  ) {}

  async diff(repository: Repository, query: DiffQuery, signal: AbortSignal): Promise<DiffAnswer> {
    const { contextLines } = query;
    switch (query.kind) {
      case 'unstaged':
        return this.workTree(repository, [], contextLines, signal);
      case 'staged':
        return this.staged(repository, contextLines, signal);
      case 'target':
        return this.target(repository, query.target, contextLines, signal);
      case 'branches':
        return this.fromMergeBase(repository, [query.base, query.compare], contextLines, signal);
    }
  }

  private async workTree(
    repository: Repository,
    ids: readonly string[],
    contextLines: number,
    signal: AbortSignal,
  ) {
    requireWorkTree(repository);
    return this.cli.diff(repository, { ids }, contextLines, signal);
  }

  private async staged(
    repository: Repository,
    contextLines: number,
    signal: AbortSignal,
  ): Promise<DiffAnswer> {
    requireWorkTree(repository);
    const limits = { contextLines, maxBytes: this.config.maxOutputBytes };
    const small = indexEntries(repository.gitDir) <= STAGED_MAX_ENTRIES;
    const fast = small ? await this.libgit2.ask(repository, 'diffStaged', limits, signal) : undefined;
    // Without a commit git compares with nothing, where HEAD could not be resolved.
    return fast ?? this.cli.diff(repository, { cached: true, ids: [] }, contextLines, signal);
  }

  private async target(repository: Repository, text: string, contextLines: number, signal: AbortSignal) {
    const target = parseDiffTarget(text);
    if (target.kind === 'work-tree') {
      const sha = await this.revisions.resolve(repository, target.revision, signal);
      return this.workTree(repository, [sha], contextLines, signal);
    }
    const ends = [target.from, target.to] as const;
    if (target.kind === 'three-dots') return this.fromMergeBase(repository, ends, contextLines, signal);
    const [from = '', to = ''] = await this.revisions.resolveAll(repository, ends, signal);
    return this.answers.diff(repository, from, to, contextLines, signal);
  }

  private async fromMergeBase(
    repository: Repository,
    ends: readonly [string, string],
    contextLines: number,
    signal: AbortSignal,
  ): Promise<DiffAnswer> {
    const [base = '', compare = ''] = await this.revisions.resolveAll(repository, ends, signal);
    const ancestor = await this.answers.mergeBase(repository, base, compare, signal);
    if (ancestor === undefined) {
      const message = 'The two have no common ancestor; compare them with ".." instead';
      throw new ServerError('operation_failed', message, { details: { reason: 'no-merge-base' } });
    }
    return this.answers.diff(repository, ancestor, compare, contextLines, signal);
  }
}

/** As the first bytes of the index tell. */
function indexEntries(gitDir: string): number {
  try {
    const start = readStart(join(gitDir, 'index'), 12);
    return start === null ? 0 : entryCount(start);
  } catch (error) {
    if (error instanceof Unsuited) return Infinity;
    throw error;
  }
}

export function requireWorkTree({ bare }: Repository): void {
  if (!bare) return;
  const message = 'A bare repository has no work tree; ask for what is committed instead';
  throw new ServerError('operation_failed', message, { details: { reason: 'bare' } });
}
