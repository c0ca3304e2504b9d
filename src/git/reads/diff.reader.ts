import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { type DiffAnswer, type DiffQuery, type DiffShape, type ShowQuery } from '../git-reads.port.js';
import { entryCount } from '../libgit2/index-file.js';
import { readStart } from '../libgit2/small-file.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { workTreePath } from '../writes/work-tree-paths.js';
import { CliReads } from './cli.reads.js';
import { isPlainShape } from './diff-options.js';
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
    const shape = shapeOf(repository, query);
    switch (query.kind) {
      case 'unstaged':
        return this.workTree(repository, [], shape, signal);
      case 'staged':
        return this.staged(repository, shape, signal);
      case 'target':
        return this.target(repository, query.target, shape, signal);
      case 'branches':
        return query.direct
          ? this.fromFirst(repository, [query.base, query.compare], shape, signal)
          : this.fromMergeBase(repository, [query.base, query.compare], shape, signal);
    }
  }

  private async workTree(
    repository: Repository,
    ids: readonly string[],
    shape: DiffShape,
    signal: AbortSignal,
  ) {
    requireWorkTree(repository);
    return this.cli.diff(repository, { ids }, shape, signal);
  }

  private async staged(repository: Repository, shape: DiffShape, signal: AbortSignal): Promise<DiffAnswer> {
    requireWorkTree(repository);
    const limits = { contextLines: shape.contextLines, maxBytes: this.config.maxOutputBytes };
    const small = indexEntries(repository.gitDir) <= STAGED_MAX_ENTRIES;
    const fast =
      small && isPlainShape(shape)
        ? await this.libgit2.ask(repository, 'diffStaged', limits, signal)
        : undefined;
    // Without a commit git compares with nothing, where HEAD could not be resolved.
    return fast ?? this.cli.diff(repository, { cached: true, ids: [] }, shape, signal);
  }

  private async target(repository: Repository, text: string, shape: DiffShape, signal: AbortSignal) {
    const target = parseDiffTarget(text);
    if (target.kind === 'work-tree') {
      const sha = await this.revisions.resolve(repository, target.revision, signal);
      return this.workTree(repository, [sha], shape, signal);
    }
    const ends = [target.from, target.to] as const;
    if (target.kind === 'three-dots') return this.fromMergeBase(repository, ends, shape, signal);
    return this.fromFirst(repository, ends, shape, signal);
  }

  private async fromFirst(
    repository: Repository,
    ends: readonly [string, string],
    shape: DiffShape,
    signal: AbortSignal,
  ): Promise<DiffAnswer> {
    const [from = '', to = ''] = await this.revisions.resolveAll(repository, ends, signal);
    return this.answers.diff(repository, from, to, shape, signal);
  }

  private async fromMergeBase(
    repository: Repository,
    ends: readonly [string, string],
    shape: DiffShape,
    signal: AbortSignal,
  ): Promise<DiffAnswer> {
    const [base = '', compare = ''] = await this.revisions.resolveAll(repository, ends, signal);
    const ancestor = await this.answers.mergeBase(repository, base, compare, signal);
    if (ancestor === undefined) {
      const message = 'The two have no common ancestor; compare them with ".." instead';
      throw refused('no-merge-base', message);
    }
    return this.answers.diff(repository, ancestor, compare, shape, signal);
  }
}

/** What is left of a query without its ends, with paths as git takes them. */
export function shapeOf(
  { path: top }: Repository,
  { contextLines, ...query }: DiffQuery | ShowQuery,
): DiffShape {
  const { filesOnly, wordDiff, whitespace, ignoreBlankLines, renames, similarity, algorithm } = query;
  const paths = [...new Set((query.paths ?? []).map((path) => workTreePath(top, path)))];
  const given = { filesOnly, wordDiff, whitespace, ignoreBlankLines, renames, similarity, algorithm };
  return {
    contextLines,
    ...(Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined && value !== false),
    ) as Omit<DiffShape, 'contextLines' | 'paths'>),
    ...(paths.length > 0 && !paths.includes('.') && { paths }),
  };
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
  throw refused('bare', message);
}
