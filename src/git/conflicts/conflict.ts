import { type ByteName } from '../work-tree/path-lists.js';

export interface ConflictStage {
  /** `100644`, `100755`, `120000`; `160000` for a repository of its own. */
  readonly mode: string;
  readonly id: string;
}

export const SIDES = ['base', 'ours', 'theirs'] as const;
export type Side = (typeof SIDES)[number];

/** A path that the index has in more than one version; a side that does not have the file is absent. */
export interface Conflict extends Partial<Record<Side, ConflictStage>> {
  readonly path: ByteName;
}

const KINDS: Readonly<Record<string, string>> = {
  'base ours theirs': 'both modified',
  'ours theirs': 'both added',
  'base ours': 'deleted by them',
  'base theirs': 'deleted by us',
  base: 'both deleted',
  ours: 'added by us',
  theirs: 'added by them',
};

/** As git-status(1) words it. */
export function kindOf(conflict: Conflict): string {
  const sides = SIDES.filter((side) => conflict[side] !== undefined);
  return KINDS[sides.join(' ')] ?? 'unmerged';
}
