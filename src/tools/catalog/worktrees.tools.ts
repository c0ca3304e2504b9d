import { GitSparseCheckoutTool } from '../git/git-sparse-checkout.tool.js';
import { GitSubmoduleTool } from '../git/git-submodule.tool.js';
import { GitSubmoduleUpdateTool } from '../git/git-submodule-update.tool.js';
import { GitWorktreeTool } from '../git/git-worktree.tool.js';

/** What is checked out where. */
export const WORKTREE_TOOLS = [
  GitWorktreeTool,
  GitSubmoduleTool,
  GitSubmoduleUpdateTool,
  GitSparseCheckoutTool,
];
