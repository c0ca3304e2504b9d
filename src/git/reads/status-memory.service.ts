import { Inject, Injectable } from '@nestjs/common';

import { CLOCK, type Clock } from '../../shared/clock.js';
import { type RepositoryStatus } from '../git-reads.port.js';
import { type WorkerOperations } from '../libgit2/worker.protocol.js';
import { type Repository } from '../repository.js';
import { Libgit2Reads } from './libgit2.reads.js';

type Status = Omit<RepositoryStatus, 'operation'>;
type State = WorkerOperations['workTreeState']['answer'];

/** What is changed twice within one tick of a file system's clock may look the same after both. */
const TICK_MS = 100;
const MAX_KEPT = 16;
const MAX_ENTRIES = 1_000;
/** Calls that go by at most, where looking did not help: a work tree that is being worked on changes from call to call. */
const MAX_PASSED = 7;

interface Kept {
  /** Absent where no answer is to be given again. */
  readonly remembered?: { readonly state: string; readonly answer: Status };
  readonly upstream: string | undefined;
  /** How often in a row looking did not help. */
  readonly misses: number;
  /** Calls that do not look. */
  passes: number;
}

/**
 * Answers of git about work trees, given again for as long as every file and folder that git would look at, and all else that it
 * would read, look as they did before git was asked. A worker looks at them.
 */
@Injectable()
export class StatusMemory {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly libgit2: Libgit2Reads,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @param copy of the index, with git's notes, good for as long as index and configuration stay as they are
   * @param ask asks git
   */
  async recall(
    repository: Repository,
    copy: string,
    signal: AbortSignal,
    ask: () => Promise<Status>,
  ): Promise<Status> {
    const known = this.kept.get(copy);
    if (known !== undefined && known.passes > 0) {
      known.passes -= 1;
      return ask();
    }
    // What is remembered may be true again when somebody is free to look.
    if (known?.remembered !== undefined && !this.libgit2.idle) return ask();
    const nowMs = this.clock.nowMs();
    const seen = await this.look(repository, copy, known?.upstream, signal);
    if (known?.remembered !== undefined && known.remembered.state === seen?.state) {
      this.keep(copy, { ...known, misses: 0 });
      return known.remembered.answer;
    }
    const answer = await ask();
    const { upstream, entries } = answer;
    // What was not looked at may have changed meanwhile.
    const isWhole = upstream === known?.upstream && entries.length <= MAX_ENTRIES;
    const isSettled = seen !== undefined && nowMs - seen.changedMs > TICK_MS;
    const misses = known === undefined ? 0 : known.misses + 1;
    this.keep(copy, {
      ...(isSettled && isWhole && { remembered: { state: seen.state, answer } }),
      upstream,
      misses,
      passes: Math.min(2 ** Math.max(misses - 2, 0) - 1, MAX_PASSED),
    });
    return answer;
  }

  private async look(
    repository: Repository,
    index: string,
    upstream: string | undefined,
    signal: AbortSignal,
  ): Promise<State | undefined> {
    const args = { index, ...(upstream === undefined ? {} : { upstream }) };
    try {
      return await this.libgit2.askIfIdle(repository, 'workTreeState', args, signal);
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }

  private keep(copy: string, kept: Kept): void {
    this.kept.delete(copy);
    const [oldest] = this.kept.keys();
    if (this.kept.size >= MAX_KEPT && oldest !== undefined) this.kept.delete(oldest);
    this.kept.set(copy, kept);
  }
}
