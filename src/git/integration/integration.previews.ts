import { Injectable } from '@nestjs/common';

import {
  type Favor,
  type HeadState,
  type MergeRequest,
  type PickRequest,
  type RebaseRequest,
} from '../git-writes.port.js';
import { type Effect } from '../planned-change.js';
import { type Repository } from '../repository.js';
import { LostChanges } from '../writes/lost-changes.service.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { CommitLists } from './commit-list.service.js';
import { MergeSimulator } from './merge.simulator.js';
import { MergeWriter } from './merge.writer.js';
import { type PickOperation, PickWriter } from './pick.writer.js';
import { RebaseWriter } from './rebase.writer.js';

/** What an integration would come to. */
export interface IntegrationPlan {
  /** In words, without its effects: `Fast-forward main`. */
  readonly summary: string;
  /** The branch or HEAD first, then files; those in conflict have the action `conflict`. */
  readonly effects: readonly Effect[];
  readonly conflicts: readonly string[];
}

interface Replayed {
  readonly tree: string;
  readonly conflicts: readonly string[];
  /** Where it would stop, from 1. */
  readonly stoppedAt?: number;
  /** How many change something. */
  readonly applied: number;
}

/** Tries integrations without touching refs, index or work tree. Each throws what the integration itself would. */
@Injectable()
export class IntegrationPreviews {
  constructor(
    private readonly state: RepositoryState,
    private readonly lost: LostChanges,
    private readonly simulator: MergeSimulator,
    private readonly lists: CommitLists,
    private readonly merges: MergeWriter,
    private readonly rebases: RebaseWriter,
    private readonly picks: PickWriter,
  ) {}

  async merge(repository: Repository, request: MergeRequest, signal: AbortSignal): Promise<IntegrationPlan> {
    const { source, before, outcome } = await this.merges.prepare(repository, request, signal);
    if (outcome === 'already-up-to-date')
      return { summary: 'Already up to date', effects: [], conflicts: [] };
    const { head } = before;
    const found =
      head === null || outcome === 'fast-forward' || request.strategy === 'ours'
        ? {
            tree: await this.simulator.treeOf(repository, outcome === 'merged' ? head : source, signal),
            conflicts: [],
          }
        : await this.simulator.merge(repository, head, source, request.favor, signal);
    if (outcome !== 'fast-forward') await this.lost.requireNothingStaged(repository, signal);
    await this.lost.explain(repository, found.tree, signal);
    const to = outcome === 'fast-forward' ? source : null;
    const moved =
      outcome === 'squashed' ? [] : [{ action: MOVES[outcome], subject: refOf(before), from: head, to }];
    const files = await this.files(repository, head, found, signal);
    return { summary: MERGE_WORDS[outcome], effects: [...moved, ...files], conflicts: found.conflicts };
  }

  async rebase(
    repository: Repository,
    request: RebaseRequest,
    signal: AbortSignal,
  ): Promise<IntegrationPlan> {
    const { before, upstream, onto } = await this.rebases.prepare(repository, request, signal);
    const more = ['--no-merges', '--right-only', '--cherry-pick'];
    const range = `${upstream}...${before.head}`;
    const commits = await this.lists.between(repository, range, 'oldest-first', signal, more, 'may-be-empty');
    const isThere =
      onto === upstream && (await this.state.isAncestor(repository, upstream, before.head, signal));
    if (isThere && request.autosquash !== true)
      return { summary: 'Already up to date', effects: [], conflicts: [] };
    const base = await this.simulator.treeOf(repository, onto, signal);
    const found = await this.replay(repository, base, commits, 'cherry-pick', request, signal);
    if (commits.length === 0) await this.lost.explain(repository, found.tree, signal);
    const to = commits.length === 0 ? onto : null;
    const moved = { action: 'rebase', subject: refOf(before), from: before.head, to };
    const files = await this.files(repository, before.head, found, signal);
    return {
      summary: `Replay ${counted(commits.length)}${stopText(found, commits)}`,
      effects: [moved, ...files],
      conflicts: found.conflicts,
    };
  }

  async pick(
    repository: Repository,
    operation: PickOperation,
    request: PickRequest,
    signal: AbortSignal,
  ): Promise<IntegrationPlan> {
    const commits = await this.picks.commits(repository, operation, request, signal);
    const before = await this.state.head(repository, signal);
    if (request.noCommit !== true) await this.lost.requireNothingStaged(repository, signal);
    const start = await this.startOf(repository, before, request, signal);
    const found = await this.replay(repository, start, commits, operation, request, signal);
    await this.lost.explain(repository, found.tree, signal);
    const moved = { action: operation, subject: refOf(before), from: before.head, to: null };
    const files = await this.changed(repository, start, found, signal);
    const verb = operation === 'revert' ? 'Take back' : 'Apply';
    return {
      summary: `${verb} ${counted(found.applied)} of ${commits.length}${stopText(found, commits)}`,
      effects: [...(request.noCommit === true || found.applied === 0 ? [] : [moved]), ...files],
      conflicts: found.conflicts,
    };
  }

  private async startOf(
    repository: Repository,
    { head }: HeadState,
    { noCommit }: PickRequest,
    signal: AbortSignal,
  ): Promise<string> {
    if (noCommit !== true) return this.simulator.treeOf(repository, head, signal);
    return this.state.indexTree(repository, signal);
  }

  /** One commit after the other, up to the first that does not apply. */
  private async replay(
    repository: Repository,
    start: string,
    commits: readonly string[],
    operation: PickOperation,
    { mainline = 1, favor }: { readonly mainline?: number; readonly favor?: Favor },
    signal: AbortSignal,
  ): Promise<Replayed> {
    let tree = start;
    let applied = 0;
    for (const [index, commit] of commits.entries()) {
      const parent = await this.state.sha(repository, `${commit}^${mainline}`, signal);
      const [from, to] = await Promise.all(
        [parent, commit].map((one) => this.simulator.treeOf(repository, one, signal)),
      );
      const change =
        operation === 'revert'
          ? { from: to as string, to: from as string }
          : { from: from as string, to: to as string };
      const step = await this.simulator.apply(repository, tree, change, favor, signal);
      if (step.conflicts.length > 0) return { ...step, stoppedAt: index + 1, applied };
      if (step.tree !== tree) applied += 1;
      ({ tree } = step);
    }
    return { tree, conflicts: [], applied };
  }

  private async files(
    repository: Repository,
    head: string | null,
    found: Pick<Replayed, 'tree' | 'conflicts'>,
    signal: AbortSignal,
  ): Promise<readonly Effect[]> {
    return this.changed(repository, await this.simulator.treeOf(repository, head, signal), found, signal);
  }

  private async changed(
    repository: Repository,
    from: string,
    { tree, conflicts }: Pick<Replayed, 'tree' | 'conflicts'>,
    signal: AbortSignal,
  ): Promise<readonly Effect[]> {
    const open = new Set(conflicts);
    const changes = await this.simulator.changes(repository, from, tree, signal);
    return [
      ...conflicts.map((subject) => ({ action: 'conflict', subject, from: null, to: null })),
      ...changes
        .filter(({ path }) => !open.has(path))
        .map(({ path, from: before, to }) => ({
          action: actionOf(before, to),
          subject: path,
          from: before,
          to,
        })),
    ];
  }
}

const MERGE_WORDS = {
  'fast-forward': 'Fast-forward',
  merged: 'Make a merge commit',
  squashed: 'Stage what the merge would bring, without a commit',
} as const;
const MOVES = { 'fast-forward': 'fast-forward', merged: 'merge', squashed: 'merge' } as const;

function actionOf(from: string | null, to: string | null): string {
  if (from === null) return 'create';
  return to === null ? 'delete' : 'update';
}

function refOf({ branch }: HeadState): string {
  return branch === null ? 'HEAD' : `refs/heads/${branch}`;
}

function counted(commits: number): string {
  return commits === 1 ? '1 commit' : `${commits} commits`;
}

function stopText({ stoppedAt }: Replayed, commits: readonly string[]): string {
  if (stoppedAt === undefined) return '';
  const commit = commits[stoppedAt - 1]?.slice(0, 7) ?? '';
  return `, stopping at conflicts at step ${stoppedAt} of ${commits.length} (${commit}); what follows is not known`;
}
