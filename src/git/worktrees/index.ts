import { IsolationWriter } from './isolation.writer.js';
import { WorktreeFolderWriter } from './worktree-folder.writer.js';
import { WorktreeFinder } from './worktree.finder.js';
import { WorktreeHousekeeping } from './worktree.housekeeping.js';
import { WorktreeLister } from './worktree.lister.js';
import { WorktreeWriter } from './worktree.writer.js';

/** Linked work trees; provided and exported. */
export const WORKTREE_SERVICES = [
  IsolationWriter,
  WorktreeFinder,
  WorktreeFolderWriter,
  WorktreeHousekeeping,
  WorktreeLister,
  WorktreeWriter,
];
