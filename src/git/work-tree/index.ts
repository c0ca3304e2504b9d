import { CleanWriter } from './clean.writer.js';
import { MoveWriter } from './move.writer.js';
import { PatchApplier } from './patch.applier.js';
import { RemoveWriter } from './remove.writer.js';
import { RestoreWriter } from './restore.writer.js';
import { SparseWriter } from './sparse.writer.js';
import { StashEnder } from './stash.ender.js';
import { StashReader } from './stash.reader.js';
import { StashWriter } from './stash.writer.js';
import { StashableFiles } from './stashable-files.reader.js';
import { TrackedFiles } from './tracked-files.reader.js';

/** What tools use to change the index and the work tree. */
export const WORK_TREE_SERVICES = [
  RestoreWriter,
  CleanWriter,
  RemoveWriter,
  MoveWriter,
  StashReader,
  StashEnder,
  StashWriter,
  PatchApplier,
  SparseWriter,
];

/** Needs GIT_CLI, the writers, and of the reads `CliReads`. */
export const WORK_TREE_PROVIDERS = [...WORK_TREE_SERVICES, TrackedFiles, StashableFiles];
