import { OperationHistory } from './operation.history.js';
import { OperationLog } from './operation.log.js';
import { OperationRestorer } from './operation.restorer.js';
import { OperationRetentionJob } from './operation-retention.job.js';
import { OperationStore } from './operation.store.js';
import { RefFacts } from './ref-facts.reader.js';
import { RestorationProgress } from './restoration.progress.js';
import { RestorationRunner } from './restoration.runner.js';
import { SettingsReader } from './settings.reader.js';
import { Snapshots } from './snapshots.service.js';
import { WorkTreeReader } from './work-tree.reader.js';
import { WorkTreeWriter } from './work-tree.writer.js';

/** What was done to repositories, and the way back. */
export const GIT_OPERATIONS = [OperationHistory, OperationLog, OperationStore, RestorationRunner];

export const GIT_OPERATION_PROVIDERS = [
  RefFacts,
  SettingsReader,
  WorkTreeReader,
  WorkTreeWriter,
  Snapshots,
  OperationRestorer,
  RestorationProgress,
  OperationRetentionJob,
  ...GIT_OPERATIONS,
];
