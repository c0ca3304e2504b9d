import { join } from 'node:path';

import { trackedAttributes } from './index-file.js';
import { readRegularFile, signFile } from './small-file.js';

/** Paths of the tracked `.gitattributes`. Most repositories have none, which the bytes of the index tell cheaply. */
export class TrackedAttributes {
  private known: { readonly signature: string; readonly paths: readonly string[] } | undefined;

  /** @param maxBytes of an index that is read */
  constructor(
    private readonly gitDir: string,
    private readonly maxBytes: number,
  ) {}

  /** @throws Unsuited for an index that cannot be read so, or is larger */
  paths(): readonly string[] {
    const path = join(this.gitDir, 'index');
    const signature = signFile(path);
    if (this.known?.signature === signature) return this.known.paths;
    const bytes = readRegularFile(path, this.maxBytes);
    const paths = bytes === null ? [] : trackedAttributes(bytes);
    // Signed again: what was written in between is read again next time.
    if (signFile(path) === signature) this.known = { signature, paths };
    return paths;
  }
}
