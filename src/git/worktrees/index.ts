import { IsolationWriter } from './isolation.writer.js';
import { WorktreeFinder } from './worktree.finder.js';
import { WorktreeHousekeeping } from './worktree.housekeeping.js';
import { WorktreeLister } from './worktree.lister.js';
import { WorktreeWriter } from './worktree.writer.js';

/** Linked work trees; provided and exported. */
export const WORKTREE_SERVICES = [
  IsolationWriter,
  WorktreeFinder,
  WorktreeHousekeeping,
  WorktreeLister,
  WorktreeWriter,
];
