import { BlameReader } from './blame.reader.js';
import { BlobReader } from './blob.reader.js';
import { CoChangeReader } from './co-change.reader.js';

/** Where lines come from, what files held, and what changes together. They need GIT_CLI and the reads. */
export const HISTORY_SERVICES = [BlameReader, BlobReader, CoChangeReader];
