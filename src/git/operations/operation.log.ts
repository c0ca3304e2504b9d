import { Inject, Injectable, Logger } from '@nestjs/common';

import { CLOCK, type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { type Repository } from '../repository.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { placeOf } from '../paths/folder-place.js';
import { type Delta, deltaOf, isNothing, NO_CHANGE } from './delta.js';
import {
  type BegunFacts,
  type KeptAnswer,
  type OperationCall,
  type OperationRecord,
  workTreeName,
} from './operation-record.js';
import { OperationRetentionJob } from './operation-retention.job.js';
import { OperationStore } from './operation.store.js';
import { OperationLooks } from './operation.looks.js';
import { DEPTHS, type Snapshot } from './snapshot.js';
import { type TakenSnapshot } from './snapshots.service.js';
import { type Contents } from './work-tree.reader.js';

/** Longer ones are not given again; the call is then refused as done. */
const MAX_ANSWER_BYTES = 2 ** 20;
const NO_CONTENTS: Contents = new Map();

export interface Recorded<T> {
  readonly result: T;
  /** Absent where nothing changed, and where the record could not be written. */
  readonly id?: string;
}

interface Begun {
  readonly record: OperationRecord;
  readonly before?: TakenSnapshot;
}

/** Notes what calls do to a repository, so that it can be seen and taken back. */
@Injectable()
export class OperationLog {
  private readonly logger = new Logger(OperationLog.name);
  private lastMs = 0;

  constructor(
    private readonly store: OperationStore,
    private readonly looks: OperationLooks,
    private readonly retention: OperationRetentionJob,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Does the work between two looks at the repository. The caller holds the writer lock. Files that are in no commit are
   * put away before the work begins, everything else is noted after it, also where the work fails half-way.
   *
   * @param answerOf what a repetition with the same key is answered with
   * @throws ServerError what the work throws, with `operation_id` in its details where it left a change behind
   */
  async record<T>(
    repository: Repository,
    call: OperationCall,
    work: () => Promise<T>,
    answerOf: (result: T) => KeptAnswer,
    signal: AbortSignal,
  ): Promise<Recorded<T>> {
    const begun = await this.begin(repository, call, signal);
    let result: T;
    try {
      result = await work();
    } catch (error) {
      const id = await this.end(repository, begun, { outcome: 'failed', ...codeOf(error) });
      throw id === undefined ? error : withOperation(error, id);
    }
    const answer = call.key === undefined ? undefined : kept(answerOf(result));
    const id = await this.end(repository, begun, { outcome: 'done', ...(answer && { answer }) });
    return { result, ...(id !== undefined && { id }) };
  }

  /** Notes that a change is about to be made whose extent is known. */
  async announce(
    repository: Repository,
    call: OperationCall,
    facts: BegunFacts,
    contents: Contents,
    answer?: KeptAnswer,
  ): Promise<OperationRecord> {
    const bytes = bytesOf(facts.delta, contents);
    const record = { ...this.opened(repository, call), bytes, changed: true, ...(answer && { answer }) };
    await this.store.write(repository, record, facts, contents, UNINTERRUPTED);
    return record;
  }

  /** Notes that it is made. */
  conclude(repository: Repository, record: OperationRecord, delta: Delta): Promise<void> {
    this.retention.note(repository);
    const ended = { ...record, outcome: 'done' as const, endedAt: this.clock.nowMs() };
    return this.store.write(repository, ended, { delta }, NO_CONTENTS, UNINTERRUPTED);
  }

  private async begin(repository: Repository, call: OperationCall, signal: AbortSignal): Promise<Begun> {
    const record = this.opened(repository, call);
    const before = await this.looks.before(repository, call, signal);
    if (before === undefined) return { record };
    const { snapshot, contents, limit } = before;
    const limited = { ...record, ...(limit !== undefined && { limit }) };
    if (contents.size > 0)
      await this.store.write(repository, limited, { before: snapshot }, contents, signal);
    return { record: limited, before };
  }

  private async end(
    repository: Repository,
    { record, before }: Begun,
    how: Pick<OperationRecord, 'outcome'> & Partial<OperationRecord>,
  ): Promise<string | undefined> {
    try {
      const after = before && (await this.looks.after(repository, record, before.snapshot, UNINTERRUPTED));
      const delta =
        before && after ? deltaOf(asDeepAs(before.snapshot, after.snapshot), after.snapshot) : NO_CHANGE;
      const limit = after?.limit ?? record.limit;
      // What it did may be what could not be looked at.
      const isUnseen = before === undefined || limit !== undefined;
      const isWorthIt = !isNothing(delta) || how.answer !== undefined || (isUnseen && how.outcome === 'done');
      if (!isWorthIt) return await this.drop(repository, record, before);
      const limited = limit === undefined ? record : { ...record, limit };
      await this.write(repository, limited, delta, after?.contents ?? NO_CONTENTS, how);
      return record.id;
    } catch (error) {
      this.logger.error('A change could not be noted in the operation log', {
        tool: record.tool,
        err: error,
      });
      return undefined;
    }
  }

  private async drop(repository: Repository, record: OperationRecord, before: TakenSnapshot | undefined) {
    if (before !== undefined && before.contents.size > 0) {
      await this.store.forget(repository, [record], UNINTERRUPTED);
    }
    return undefined;
  }

  private write(
    repository: Repository,
    record: OperationRecord,
    delta: Delta,
    contents: Contents,
    how: Partial<OperationRecord>,
  ): Promise<void> {
    this.retention.note(repository);
    const bytes = bytesOf(delta, contents);
    const ended = { ...record, ...how, bytes, changed: !isNothing(delta), endedAt: this.clock.nowMs() };
    return this.store.write(repository, ended, { delta }, contents, UNINTERRUPTED);
  }

  private opened(repository: Repository, call: OperationCall): OperationRecord {
    // No two operations of this server have the same time, so the ids sort as they happened.
    this.lastMs = Math.max(this.clock.nowMs(), this.lastMs + 1);
    const random = Math.floor(Math.random() * 36 ** 4)
      .toString(36)
      .padStart(4, '0');
    return {
      ...call,
      version: 1,
      id: `${this.lastMs.toString(36).padStart(8, '0')}${random}`,
      workTree: workTreeName(repository),
      place: placeOf(repository.commonDir),
      startedAt: this.lastMs,
      endedAt: null,
      outcome: 'pending',
      bytes: 0,
      changed: false,
    };
  }
}

/** After a change the work tree may hold more than can be kept. */
function asDeepAs(before: Snapshot, { depth }: Snapshot): Snapshot {
  if (DEPTHS.indexOf(depth) >= DEPTHS.indexOf(before.depth)) return before;
  const index = depth === 'refs' ? new Map<string, string>() : before.index;
  return { ...before, depth, index, files: new Map() };
}

function kept(answer: KeptAnswer): KeptAnswer | undefined {
  return JSON.stringify(answer).length <= MAX_ANSWER_BYTES ? answer : undefined;
}

function bytesOf(delta: Delta, contents: Contents): number {
  const sizes = [...contents.values()].reduce((sum, { length }) => sum + length, 0);
  return sizes + JSON.stringify(delta).length;
}

function codeOf(error: unknown): { code?: string } {
  return error instanceof ServerError ? { code: error.code } : {};
}

function withOperation(error: unknown, id: string): unknown {
  if (!(error instanceof ServerError) || Array.isArray(error.details)) return error;
  const { retryAfterMs } = error;
  return new ServerError(error.code, error.message, {
    cause: error,
    details: { ...error.details, operation_id: id },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}
