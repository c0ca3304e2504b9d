import { LfsFilesReader } from './lfs-files.reader.js';
import { LfsStatusReader } from './lfs-status.reader.js';
import { LfsTrackingWriter } from './lfs-tracking.writer.js';

/** What Git LFS stores of a repository; provided and exported. They need the program git-lfs for nothing. */
export const LFS_SERVICES = [LfsFilesReader, LfsStatusReader, LfsTrackingWriter];
