import { GitWorktreeTool } from '../git/git-worktree.tool.js';

/** What is checked out where. */
export const WORKTREE_TOOLS = [GitWorktreeTool];
