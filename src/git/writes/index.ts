import { type Provider } from '@nestjs/common';

import { GIT_WRITES } from '../git-writes.port.js';
import { AddablePathFinder } from './addable-paths.service.js';
import { BranchWriter } from './branch.writer.js';
import { CommitContents } from './commit-contents.service.js';
import { CommitWriter } from './commit.writer.js';
import { CommitSigner } from './commit-signer.service.js';
import { GitWriter } from './git.writer.js';
import { IndexBackup } from './index-backup.service.js';
import { IndexWriter } from './index.writer.js';
import { LostChanges } from './lost-changes.service.js';
import { ResetWriter } from './reset.writer.js';
import { RepositoryInitializer } from './repository.initializer.js';
import { RepositoryState } from './repository-state.service.js';
import { SequencerWriter } from './sequencer.writer.js';
import { TrialIndex } from './trial-index.service.js';
import { WriteCommands } from './write-commands.service.js';

export const GIT_WRITE_PROVIDERS: readonly Provider[] = [
  CommitSigner,
  WriteCommands,
  RepositoryState,
  LostChanges,
  AddablePathFinder,
  IndexWriter,
  IndexBackup,
  TrialIndex,
  CommitContents,
  CommitWriter,
  ResetWriter,
  BranchWriter,
  SequencerWriter,
  RepositoryInitializer,
  { provide: GIT_WRITES, useClass: GitWriter },
];
