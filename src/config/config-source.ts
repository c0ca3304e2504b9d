import type { ConfigFault } from './config-fault.js';
import type { Setting } from './settings.js';

/** One value that one source gives one setting. */
export interface Assignment {
  readonly setting: Setting;
  /** As a file would hold it: units not yet parsed. */
  readonly raw: unknown;
  readonly source: string;
  /** What relative paths in the value are relative to. */
  readonly folder: string;
  /** Where a part of the value was written; the source itself where that is not known. */
  readonly locate?: (path: readonly string[]) => string;
}

/** What one source says. A source that cannot be read says so in its faults. */
export interface SourceReading {
  readonly assignments: readonly Assignment[];
  readonly faults: readonly ConfigFault[];
  readonly warnings: readonly string[];
}
