import { type BranchOrder } from '../git-reads.port.js';

/** The queries of the port with their revisions resolved: ids of commits, no names. */
export interface LogSelection {
  readonly sha: string;
  readonly maxCount: number;
  readonly since?: number;
  readonly until?: number;
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
