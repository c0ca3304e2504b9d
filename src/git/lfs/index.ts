import { LfsAttributes } from './lfs-attributes.reader.js';
import { LfsFilesReader } from './lfs-files.reader.js';
import { LfsObjects } from './lfs-objects.reader.js';
import { LfsStatusReader } from './lfs-status.reader.js';
import { LfsTrackingWriter } from './lfs-tracking.writer.js';
import { LfsUse } from './lfs-use.reader.js';
import { IgnoredSettings } from './transfer/ignored-settings.reader.js';
import { LfsContentWriter } from './transfer/lfs-content.writer.js';
import { LfsFetcher } from './transfer/lfs.fetcher.js';
import { LfsPruner } from './transfer/lfs.pruner.js';
import { LfsPuller } from './transfer/lfs.puller.js';
import { LfsPusher } from './transfer/lfs.pusher.js';
import { LfsOverSsh } from './transfer/lfs-over-ssh.service.js';
import { LfsRemotes } from './transfer/lfs-remotes.service.js';
import { PushedContent } from './transfer/pushed-content.check.js';
import { TransferBudget } from './transfer/transfer.budget.js';

/** What Git LFS stores of a repository; provided and exported. They need the program git-lfs for nothing. */
export const LFS_SERVICES = [
  LfsAttributes,
  LfsFilesReader,
  LfsObjects,
  LfsStatusReader,
  LfsTrackingWriter,
  LfsUse,
  IgnoredSettings,
  TransferBudget,
  LfsOverSsh,
  LfsRemotes,
  LfsFetcher,
  LfsContentWriter,
  LfsPuller,
  LfsPusher,
  LfsPruner,
  PushedContent,
];
