import { CommitLists } from './commit-list.service.js';
import { EndingPreviews } from './ending.previews.js';
import { IntegrationPreviews } from './integration.previews.js';
import { IntegrationWriter } from './integration.writer.js';
import { MergeSimulator } from './merge.simulator.js';
import { MergeWriter } from './merge.writer.js';
import { NestedPrograms } from './nested-programs.guard.js';
import { PickWriter } from './pick.writer.js';
import { PublishedCommits } from './published-commits.reader.js';
import { RebaseWriter } from './rebase.writer.js';
import { StoppedExplainer } from './stopped.explainer.js';

/** What tools use beside GIT_WRITES. */
export const INTEGRATION_SERVICES = [EndingPreviews, IntegrationPreviews, PublishedCommits];

/** Merge, rebase, cherry-pick, revert. Needs GIT_CLI and what the writers share. */
export const INTEGRATION_PROVIDERS = [
  CommitLists,
  MergeSimulator,
  NestedPrograms,
  StoppedExplainer,
  MergeWriter,
  RebaseWriter,
  PickWriter,
  IntegrationWriter,
  ...INTEGRATION_SERVICES,
];
