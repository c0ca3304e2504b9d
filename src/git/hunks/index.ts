import { HunkReader } from './hunk.reader.js';
import { HunkWriter } from './hunk.writer.js';

/** Changes piece by piece. They need GIT_CLI and the writers. */
export const HUNK_SERVICES = [HunkReader, HunkWriter];
