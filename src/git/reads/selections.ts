import { type BranchOrder, type LogFilters } from '../git-reads.port.js';

/** The queries of the port with their revisions resolved: ids of commits, no names. */
export interface LogSelection extends LogFilters {
  readonly sha: string;
  /** Further ends, and with a `^` in front what is left out with all that it reaches. */
  readonly more?: readonly string[];
  readonly maxCount: number;
}

export interface BranchSelection {
  readonly local: boolean;
  readonly remote: boolean;
  readonly contains?: string;
  readonly notContains?: string;
  readonly merged?: string;
  readonly notMerged?: string;
  readonly pattern?: string;
  readonly order?: BranchOrder;
  readonly tracking?: boolean;
}
