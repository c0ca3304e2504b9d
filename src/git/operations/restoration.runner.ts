import { Injectable, Logger } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { returnAllKept } from '../submodules/kept-modules.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { type Delta, reversed } from './delta.js';
import { unfinished } from './newer-work.js';
import { type Restoration } from './operation.history.js';
import { OperationLog } from './operation.log.js';
import { OperationStore } from './operation.store.js';
import {
  type BegunFacts,
  type KeptAnswer,
  type OperationCall,
  type OperationFacts,
  type OperationRecord,
  workTreeName,
} from './operation-record.js';
import {
  hasRestoration,
  markedRestoration,
  markRestoration,
  removeRestoration,
} from './restoration.folder.js';
import { RestorationProgress } from './restoration.progress.js';
import { RestorationSteps } from './restoration.steps.js';
import { type Contents } from './work-tree.reader.js';

const NO_CONTENTS: Contents = new Map();

/**
 * Carries out undo and redo so that they are done whole or not at all. All is made ready first; then a record that is
 * pending says what is about to change, and a mark that it has begun. What fails is taken back. What was cut off when the
 * server ended is finished before the next change of the repository. The caller holds the writer lock.
 */
@Injectable()
export class RestorationRunner {
  private readonly logger = new Logger(RestorationRunner.name);

  constructor(
    private readonly log: OperationLog,
    private readonly store: OperationStore,
    private readonly steps: RestorationSteps,
    private readonly progress: RestorationProgress,
  ) {}

  /** @returns the id of its entry in the log @throws ServerError what git throws; everything is as before then */
  async run(
    repository: Repository,
    call: OperationCall,
    restoration: Restoration,
    answer: KeptAnswer | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const { record, begun } = await this.announce(repository, call, restoration, answer, signal);
    try {
      markRestoration(repository, record.id);
      await this.steps.apply(repository, begun, 'new');
    } catch (error) {
      await this.revert(repository, record, begun);
      throw error;
    }
    await this.finish(repository, record, restoration.delta);
    return record.id;
  }

  /**
   * Finishes what was cut off. Call it before any change.
   *
   * @returns the id of what was finished in the log
   * @throws ServerError `operation_failed` with `details: {reason: 'unfinished-restoration', operation_id, refs?, paths?}`,
   *   once, where newer work would be lost
   */
  async settle(repository: Repository): Promise<string | undefined> {
    returnAllKept(repository);
    if (!hasRestoration(repository)) return undefined;
    const id = markedRestoration(repository);
    const begun = id === undefined ? undefined : await this.begun(repository, id);
    if (begun === undefined) {
      removeRestoration(repository);
      return undefined;
    }
    const { record, facts } = begun;
    const { left, refs, paths } = await this.progress.of(repository, withFiles(facts), 'new');
    if (refs.length + paths.length > 0) {
      this.steps.abandon(repository, facts.delta);
      removeRestoration(repository);
      throw unfinished(record.id, refs, paths);
    }
    this.logger.warn('An undo or redo that was cut off is finished', { operation: record.id });
    await this.steps.apply(repository, left, 'new');
    await this.finish(repository, record, facts.delta);
    return record.id;
  }

  private async announce(
    repository: Repository,
    call: OperationCall,
    { delta, contents = NO_CONTENTS }: Restoration,
    answer: KeptAnswer | undefined,
    signal: AbortSignal,
  ): Promise<{ record: OperationRecord; begun: Delta }> {
    try {
      const facts = { delta, files: await this.steps.prepare(repository, delta, signal) };
      const record = await this.log.announce(repository, call, facts, contents, answer);
      return { record, begun: withFiles(facts) };
    } catch (error) {
      removeRestoration(repository);
      throw error;
    }
  }

  private async begun(repository: Repository, id: string) {
    const record = await this.store.one(repository, id, UNINTERRUPTED);
    const facts = await this.store.facts(repository, id, UNINTERRUPTED);
    const isOpen = record?.outcome === 'pending' && record.workTree === workTreeName(repository);
    return isOpen && facts !== undefined && isBegun(facts) ? { record, facts } : undefined;
  }

  /** Where that fails too, the mark stays and the next change finishes it. */
  private async revert(repository: Repository, record: OperationRecord, begun: Delta): Promise<void> {
    try {
      const { left, refs, paths } = await this.progress.of(repository, reversed(begun), 'old');
      if (refs.length + paths.length > 0) throw unfinished(record.id, refs, paths);
      await this.steps.apply(repository, left, 'old');
      await this.store.forget(repository, [record], UNINTERRUPTED);
      removeRestoration(repository);
    } catch (err) {
      this.logger.error('An undo or redo that failed could not be taken back', { operation: record.id, err });
    }
  }

  private async finish(repository: Repository, record: OperationRecord, delta: Delta): Promise<void> {
    try {
      await this.log.conclude(repository, record, delta);
      removeRestoration(repository);
    } catch (err) {
      this.logger.error('An undo or redo is done, and could not be noted', { operation: record.id, err });
    }
  }
}

function isBegun(facts: OperationFacts): facts is BegunFacts {
  return 'files' in facts;
}

function withFiles({ delta, files }: BegunFacts): Delta {
  return { ...delta, files };
}
