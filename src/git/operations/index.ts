import { AdminFiles } from './admin-files.reader.js';
import { AdminFilesRestorer } from './admin-files.restorer.js';
import { OperationHistory } from './operation.history.js';
import { LinkedWorkTreeGuard } from './linked-work-tree.guard.js';
import { LinkedWorkTreeMaker } from './linked-work-tree.maker.js';
import { LinkedWorkTreeWriter } from './linked-work-tree.writer.js';
import { OperationLog } from './operation.log.js';
import { OperationLooks } from './operation.looks.js';
import { OperationRestorer } from './operation.restorer.js';
import { OperationRetentionJob } from './operation-retention.job.js';
import { OperationStore } from './operation.store.js';
import { RefFacts } from './ref-facts.reader.js';
import { RestorationProgress } from './restoration.progress.js';
import { RestorationRunner } from './restoration.runner.js';
import { RestorationSteps } from './restoration.steps.js';
import { SettingsReader } from './settings.reader.js';
import { Snapshots } from './snapshots.service.js';
import { SubmoduleFacts } from './submodule-facts.reader.js';
import { SubmoduleRestorer } from './submodule.restorer.js';
import { SubmoduleSettings } from './submodule-settings.js';
import { WorkTreeReader } from './work-tree.reader.js';
import { WorkTreeStates } from './work-tree-states.reader.js';
import { WorkTreeWriter } from './work-tree.writer.js';

/** What was done to repositories, and the way back. */
export const GIT_OPERATIONS = [OperationHistory, OperationLog, OperationStore, RestorationRunner];

export const GIT_OPERATION_PROVIDERS = [
  RefFacts,
  AdminFiles,
  AdminFilesRestorer,
  SettingsReader,
  WorkTreeReader,
  WorkTreeWriter,
  Snapshots,
  OperationLooks,
  OperationRestorer,
  WorkTreeStates,
  LinkedWorkTreeGuard,
  LinkedWorkTreeMaker,
  LinkedWorkTreeWriter,
  SubmoduleFacts,
  SubmoduleRestorer,
  SubmoduleSettings,
  RestorationSteps,
  RestorationProgress,
  OperationRetentionJob,
  ...GIT_OPERATIONS,
];
