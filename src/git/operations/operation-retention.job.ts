import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { ScheduledJobs } from '../../observability/scheduled-jobs.service.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { sweepKeptModules } from '../submodules/kept-modules.sweep.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { type OperationRecord } from './operation-record.js';
import { OperationStore } from './operation.store.js';

/** More repositories than a server works on at a time; the one noted longest ago is looked at again when it changes. */
const MAX_REPOSITORIES = 1_024;

/** Forgets operations that are too old, too many or too large, and repositories of submodules kept for them, of the repositories that this server has changed. */
@Injectable()
export class OperationRetentionJob implements OnApplicationBootstrap {
  private readonly changed = new Map<string, Repository>();

  constructor(
    private readonly store: OperationStore,
    private readonly jobs: ScheduledJobs,
    private readonly config: GitConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.every('git.operations.sweep', this.config.operations.sweepEvery, () => this.sweep());
  }

  note(repository: Repository): void {
    this.changed.delete(repository.commonDir);
    this.changed.set(repository.commonDir, repository);
    const oldest = this.changed.keys().next();
    if (this.changed.size > MAX_REPOSITORIES && !oldest.done) this.changed.delete(oldest.value);
  }

  async sweep(): Promise<void> {
    const failures: unknown[] = [];
    for (const repository of this.changed.values()) {
      try {
        await this.sweepOne(repository);
      } catch (error) {
        if (entryKind(repository.commonDir) === 'absent') this.changed.delete(repository.commonDir);
        else failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  private async sweepOne(repository: Repository): Promise<void> {
    const { keepFor, maxBytes } = this.config.operations;
    await sweepKeptModules(repository, { sinceMs: this.clock.nowMs() - keepFor, maxBytes });
    const records = await this.store.list(repository, UNINTERRUPTED);
    const expired = this.expired(records);
    if (expired.length > 0) await this.store.forget(repository, expired, UNINTERRUPTED);
  }

  /** @param records newest first */
  private expired(records: readonly OperationRecord[]): readonly OperationRecord[] {
    const { keepFor, keepMax, maxBytes } = this.config.operations;
    const oldest = this.clock.nowMs() - keepFor;
    let bytes = 0;
    const end = records.findIndex((record, index) => {
      bytes += record.bytes;
      return index >= keepMax || bytes > maxBytes || record.startedAt < oldest;
    });
    return end < 0 ? [] : records.slice(end);
  }
}
