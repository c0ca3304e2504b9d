import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { changesOnly, type Delta, deltaOf, reversed } from './delta.js';
import { placeOf } from '../paths/folder-place.js';
import { unkeptState } from './newer-work.js';
import { isNotKept, type OperationRecord, workTreeName } from './operation-record.js';
import { OperationLooks } from './operation.looks.js';
import { OperationStore } from './operation.store.js';
import { RestorationSteps } from './restoration.steps.js';
import { placedKey } from './setting-facts.js';
import { type Contents } from './work-tree.reader.js';

/** An operation as the log has it, and whether it stands. */
export interface LoggedOperation {
  readonly record: OperationRecord;
  readonly undone: boolean;
}

/** A way back, or forth again, that has been checked to lose nothing. */
export interface Restoration {
  readonly of: OperationRecord;
  readonly delta: Delta;
  /** Of files that are replaced and that the log does not have yet. */
  readonly contents?: Contents;
}

/** What was done to a repository, taken back and done again. */
@Injectable()
export class OperationHistory {
  constructor(
    private readonly store: OperationStore,
    private readonly steps: RestorationSteps,
    private readonly looks: OperationLooks,
  ) {}

  /** @returns newest first */
  async list(repository: Repository, signal: AbortSignal): Promise<readonly LoggedOperation[]> {
    const records = await this.store.list(repository, signal);
    const undone = new Set<string>();
    for (const { undoes, redoes, outcome } of records.toReversed()) {
      if (outcome !== 'done') continue;
      if (undoes !== undefined) undone.add(undoes);
      if (redoes !== undefined) undone.delete(redoes);
    }
    return records.map((record) => ({ record, undone: undone.has(record.id) }));
  }

  /** @throws ServerError `operation_failed` with `details.reason: 'no-such-operation'` */
  async one(
    repository: Repository,
    id: string,
    signal: AbortSignal,
  ): Promise<LoggedOperation & { delta: Delta | null }> {
    const found = (await this.list(repository, signal)).find(({ record }) => record.id === id);
    if (found === undefined)
      throw refused('no-such-operation', 'The log has no such operation; git_operations lists them');
    const facts = await this.store.facts(repository, id, signal);
    return { ...found, delta: facts !== undefined && 'delta' in facts ? facts.delta : null };
  }

  /**
   * @param id the last operation that stands if left out
   * @throws ServerError `operation_failed` with `details.reason`: `nothing-to-undo`, `no-such-operation`, `undone` (it is
   *   already), `not-kept`, `not-undoable`, `other-work-tree`, `checked-out`,
   *   `copied`, `unknown-configuration`, `newer_work`
   */
  async undoing(repository: Repository, id: string | undefined, signal: AbortSignal): Promise<Restoration> {
    const all = await this.list(repository, signal);
    // One that cannot be taken back is not passed over: the one before it is not what anybody means.
    const last = all.find(({ record, undone }) => !undone && !isRestoration(record) && isStep(record));
    const found = id === undefined ? last : all.find(({ record }) => record.id === id);
    if (found === undefined) throw missing(id, 'nothing-to-undo', 'There is no operation to take back');
    if (found.undone) throw refused('undone', 'The operation is taken back already; git_redo does it again');
    return this.restoration(repository, found.record, reversed, signal);
  }

  /**
   * @param id the operation that was taken back last if left out
   * @throws ServerError as `undoing`, with `nothing-to-redo` and `not-undone`
   */
  async redoing(repository: Repository, id: string | undefined, signal: AbortSignal): Promise<Restoration> {
    const all = await this.list(repository, signal);
    const undone = new Map(all.filter((one) => one.undone).map((one) => [one.record.id, one]));
    const last = all.flatMap(({ record }) => undone.get(record.undoes ?? '') ?? [])[0];
    const found = id === undefined ? last : all.find(({ record }) => record.id === id);
    if (found === undefined) throw missing(id, 'nothing-to-redo', 'No operation is taken back');
    if (!found.undone) throw refused('not-undone', 'The operation stands; git_undo takes it back');
    const { record } = found;
    if (record.outcome !== 'pending') return this.restoration(repository, record, (delta) => delta, signal);
    // Of an operation whose end nobody saw it is known what was taken back.
    const undo = all.find((one) => one.record.undoes === record.id && one.record.outcome === 'done');
    const facts = undo && (await this.store.facts(repository, undo.record.id, signal));
    if (facts === undefined || !('delta' in facts))
      throw refused('not-undoable', 'The log does not say what was taken back');
    return this.checked(repository, record, reversed(facts.delta), signal);
  }

  private async restoration(
    repository: Repository,
    record: OperationRecord,
    direction: (delta: Delta) => Delta,
    signal: AbortSignal,
  ): Promise<Restoration> {
    const facts = await this.store.facts(repository, record.id, signal);
    if (facts === undefined) throw refused('not-undoable', 'The log does not say what the operation did');
    // It was cut off and could not be finished.
    if ('files' in facts && record.outcome === 'pending') {
      refuseForeign(repository, record, facts.delta);
      const wanted = reversed(facts.delta);
      const { delta, contents } = await this.steps.fromNow(repository, wanted, signal);
      return { of: record, delta: changesOnly(delta), contents };
    }
    if (isRestoration(record))
      throw refused('not-undoable', 'This entry took another one back; name that one');
    if ('before' in facts) {
      // The server ended meanwhile: nobody knows what the operation left, so all since then is taken for its work.
      const { snapshot, contents } = await this.looks.after(repository, record, facts.before, signal);
      const delta = reversed(deltaOf(facts.before, snapshot));
      refuseForeign(repository, record, delta);
      return { of: record, delta, contents };
    }
    if (isNotKept(record)) throw notKept(record);
    if (!record.changed && record.limit !== undefined) throw unkeptState(record.limit, record.id);
    if (!record.changed) throw refused('not-undoable', 'The operation changed nothing in the repository');
    return this.checked(repository, record, direction(facts.delta), signal);
  }

  private async checked(
    repository: Repository,
    record: OperationRecord,
    delta: Delta,
    signal: AbortSignal,
  ): Promise<Restoration> {
    refuseForeign(repository, record, delta);
    await this.steps.check(repository, delta, signal);
    return { of: record, delta };
  }
}

function isStep(record: OperationRecord): boolean {
  const isUnseen = record.limit !== undefined && record.outcome === 'done';
  return record.changed || isUnseen || isNotKept(record);
}

function notKept({ id, tool }: OperationRecord): ServerError {
  const message = `What ${tool} changed is content of Git LFS, which the log does not keep since a remote has it; bring it back with git_lfs_transfer, or name an older operation of git_operations as operation_id`;
  return refused('not-kept', message, { operation_id: id });
}

function isRestoration({ undoes, redoes }: OperationRecord): boolean {
  return undoes !== undefined || redoes !== undefined;
}

function refuseForeign(repository: Repository, { workTree, place }: OperationRecord, delta: Delta): void {
  const { index, files, progress, refs, settings, worktrees, submodules, adminFiles } = delta;
  // Else a repository that somebody gave away with a log could set what it likes, and write beside itself.
  const ofPlace = [settings, worktrees, submodules, adminFiles].flat();
  if (ofPlace.length > 0 && place !== placeOf(repository.commonDir)) {
    const message =
      'The repository was copied since the operation, and settings, work trees and submodules are not taken from a log that came with it; change them back with git_config, git_remote, git_branch_edit, git_worktree or git_submodule';
    throw refused('copied', message);
  }
  if (workTreeName(repository) === workTree) return;
  const isOfWorkTree =
    index.length + files.length + progress.length + submodules.length > 0 ||
    settings.some(({ name }) => placedKey(name)[0] !== '') ||
    refs.some(({ name }) => name === 'HEAD');
  if (!isOfWorkTree) return;
  throw refused(
    'other-work-tree',
    'The operation was done in another work tree of the repository; call this there',
  );
}

function missing(id: string | undefined, reason: string, message: string): ServerError {
  if (id === undefined) return refused(reason, message);
  return refused('no-such-operation', 'The log has no such operation; git_operations lists them');
}
