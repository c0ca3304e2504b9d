import { Injectable } from '@nestjs/common';

import { type Effect, type PlannedChange } from '../planned-change.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { type LinkedWorktree } from '../worktrees/worktree.finder.js';
import { WorktreeWriter } from '../worktrees/worktree.writer.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { workTreePath } from '../writes/work-tree-paths.js';
import { type BisectLimits, type BisectLog, readBisectLog, type Verdict } from './bisect-log.js';
import { BisectFinder } from './bisect.finder.js';
import { BisectSearch } from './bisect.search.js';
import { BisectStepper } from './bisect.stepper.js';

export interface BisectStart extends BisectLimits {
  /** Of the new work tree; beside the repository if absent. */
  readonly path?: string;
  readonly bad: string;
  /** At least one. */
  readonly good: readonly string[];
}

export interface BisectState extends BisectLog {
  /** Of the work tree in which the commits are tried. */
  readonly path: string;
  /** What is checked out there, to be tried next; `null` once there is nothing to try. */
  readonly current: string | null;
  /** How many commits the first bad one may be among. */
  readonly remaining: number;
}

/**
 * Finds the commit that broke something, in a work tree of its own: nothing of what is checked out elsewhere moves. To
 * try a commit is the caller's business.
 */
@Injectable()
export class Bisector {
  constructor(
    private readonly state: RepositoryState,
    private readonly worktrees: WorktreeWriter,
    private readonly finder: BisectFinder,
    private readonly search: BisectSearch,
    private readonly stepper: BisectStepper,
  ) {}

  /**
   * @returns a change whose effects name the new work tree
   * @throws ServerError `revision_not_found`, `path_not_allowed`; `operation_failed` with `details.reason`: `not-empty`,
   *   `same-commit`, `not-ancestors`, `no-commits`
   */
  async start(repository: Repository, request: BisectStart, signal: AbortSignal): Promise<PlannedChange> {
    const main = await this.finder.main(repository, signal);
    const bad = await this.state.commit(repository, request.bad, signal);
    const good = await Promise.all(request.good.map((one) => this.state.commit(repository, one, signal)));
    if (good.includes(bad)) throw refused('same-commit', 'One commit is said to be both good and bad');
    const log = {
      firstParent: request.firstParent,
      paths: request.paths.map((one) => workTreePath(repository.path, one)),
      steps: await this.stepper.steps(
        repository,
        [['bad', bad], ...good.map((id) => ['good', id] as const)],
        signal,
      ),
      firstBad: null,
      candidates: [],
      areRelated: false,
    };
    const next = await this.search.next(repository, log, signal);
    const path = request.path ?? (await this.finder.newPlace(main, signal));
    const worktree = await this.worktrees.add(main, { path, base: bad }, signal);
    const target = worktree.effects[0]?.subject ?? path;
    return {
      effects: worktree.effects,
      apply: async (aborted) => {
        await worktree.apply(aborted);
        try {
          const linked = await this.finder.linked(main, target, UNINTERRUPTED);
          await this.stepper.go(linked.repository, { ...log, head: bad }, next, aborted);
        } catch (error) {
          await this.discard(main, target);
          throw error;
        }
        return worktree.effects;
      },
    };
  }

  /**
   * @param revision what the verdict is on; what is checked out in the work tree if absent
   * @throws ServerError `revision_not_found`; `operation_failed` with `details.reason`: `no-bisect`, `several-bisects`,
   *   `bisect-done`, `same-commit`, `fixed-between`, and where files in the work tree are in the way
   */
  async mark(
    repository: Repository,
    { verdict, revision, path }: { verdict: Verdict; revision?: string; path?: string },
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    const worktree = await this.finder.find(repository, path, signal);
    const log = this.logOf(worktree);
    if (log.firstBad !== null)
      throw refused('bisect-done', 'The first bad commit is known; end this with reset');
    const sha = await this.state.commit(worktree.repository, revision ?? 'HEAD', signal);
    const opposite = verdict === 'good' ? 'bad' : 'good';
    if (verdict !== 'skip' && log.steps.some((step) => step.sha === sha && step.verdict === opposite))
      throw refused('same-commit', 'The commit was said to be the opposite before; end this with reset');
    const more = await this.stepper.steps(worktree.repository, [[verdict, sha]], signal);
    const longer = { ...log, candidates: [], steps: [...log.steps, ...more] };
    const next = await this.search.next(worktree.repository, longer, signal);
    const effect: Effect = { action: verdict, subject: worktree.path, from: sha, to: null };
    return {
      effects: [effect],
      apply: async (aborted) => {
        await this.stepper.go(worktree.repository, longer, next, aborted);
        return [effect];
      },
    };
  }

  /** @throws ServerError `operation_failed` with `details.reason`: `no-bisect`, `several-bisects` */
  async look(repository: Repository, path: string | undefined, signal: AbortSignal): Promise<BisectState> {
    const worktree = await this.finder.find(repository, path, signal);
    const log = this.logOf(worktree);
    const done = log.firstBad !== null || log.candidates.length > 0;
    return {
      ...log,
      path: worktree.path,
      current: done ? null : worktree.head,
      remaining: log.firstBad === null ? await this.search.remaining(worktree.repository, log, signal) : 1,
    };
  }

  /**
   * Ends it and removes its work tree.
   *
   * @param force also where files there were changed or made, which are lost
   * @throws ServerError as `look`; `operation_failed` with `details.reason: 'dirty'` and the paths
   */
  async reset(
    repository: Repository,
    { path, force }: { path?: string; force: boolean },
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    const worktree = await this.finder.find(repository, path, signal);
    const main = await this.finder.main(repository, signal);
    return this.worktrees.remove(main, worktree.path, force, signal);
  }

  private logOf({ repository }: LinkedWorktree): BisectLog {
    const log = readBisectLog(repository);
    if (log) return log;
    throw refused('no-bisect', 'No bisection is going on there; begin one with the action start');
  }

  private async discard(main: Repository, path: string): Promise<void> {
    const change = await this.worktrees.remove(main, path, true, UNINTERRUPTED);
    await change.apply(UNINTERRUPTED);
  }
}
