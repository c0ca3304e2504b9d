import { ScheduleModule } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';

import { ManualClock } from '../../../test/support/manual-clock.js';
import { AppConfig } from '../../config/app.config.js';
import { ConfigModule } from '../../config/config.module.js';
import { type GitOperationsConfig } from '../../config/sections/git.config.js';
import { ObservabilityModule } from '../../observability/observability.module.js';
import { CLOCK } from '../../shared/clock.js';
import { type Repository } from '../repository.js';
import { OperationRetentionJob } from './operation-retention.job.js';
import { type OperationRecord } from './operation-record.js';
import { OperationStore } from './operation.store.js';

const repository = { commonDir: '/r/.git' } as Repository;
/** Newest first, one a minute, of 10 bytes each. */
const records = [5, 4, 3, 2, 1].map(
  (minute) => ({ id: `o${minute}`, startedAt: minute * 60_000, bytes: 10 }) as OperationRecord,
);

async function forgottenWith(settings: Partial<GitOperationsConfig>): Promise<string[]> {
  const config = new AppConfig();
  Object.assign(config.git.operations, settings);
  const forgotten: string[] = [];
  const store = {
    list: ({ commonDir }: Repository) =>
      commonDir === repository.commonDir
        ? Promise.resolve(records)
        : Promise.reject(new Error('no repository')),
    forget: (_of: Repository, gone: readonly OperationRecord[]) => {
      forgotten.push(...gone.map(({ id }) => id));
      return Promise.resolve();
    },
  };
  const clock = new ManualClock();
  clock.setWall(6 * 60_000);
  const module = await Test.createTestingModule({
    imports: [ConfigModule.forRoot(config), ScheduleModule.forRoot(), ObservabilityModule],
    providers: [OperationRetentionJob, { provide: OperationStore, useValue: store }],
  })
    .overrideProvider(CLOCK)
    .useValue(clock)
    .compile();
  const job = module.get(OperationRetentionJob);
  job.note({ commonDir: '/deleted/.git' } as Repository);
  job.note(repository);
  await job.sweep();
  await module.close();
  return forgotten;
}

describe('Operations are forgotten', () => {
  it.each([
    ['that are too old', { keepFor: 3.5 * 60_000 }, ['o2', 'o1']],
    ['that are too many', { keepMax: 4 }, ['o1']],
    ['that keep too much, the oldest first', { maxBytes: 20 }, ['o3', 'o2', 'o1']],
    ['never where all is within bounds', {}, []],
  ])('%s', async (_which, settings, forgotten) => {
    expect(await forgottenWith({ keepFor: 3_600_000, ...settings })).toEqual(forgotten);
  });
});
