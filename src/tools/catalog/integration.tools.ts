import { GitConflictsTool } from '../git/git-conflicts.tool.js';
import { GitResolveTool } from '../git/git-resolve.tool.js';
import { GitRevertTool } from '../git/git-revert.tool.js';

/** Beside merge, rebase and cherry-pick: what to do where one stopped. */
export const INTEGRATION_TOOLS = [GitConflictsTool, GitResolveTool, GitRevertTool];
