import { GitApplyTool } from '../git/git-apply.tool.js';
import { GitCleanTool } from '../git/git-clean.tool.js';
import { GitLfsTool } from '../git/git-lfs.tool.js';
import { GitLfsTransferTool } from '../git/git-lfs-transfer.tool.js';
import { GitMvTool } from '../git/git-mv.tool.js';
import { GitRestoreTool } from '../git/git-restore.tool.js';
import { GitRmTool } from '../git/git-rm.tool.js';
import { GitStashTool } from '../git/git-stash.tool.js';

/** What changes index and work tree beside `git_add` and `git_reset`. */
export const WORK_TREE_TOOLS = [
  GitRestoreTool,
  GitCleanTool,
  GitRmTool,
  GitMvTool,
  GitStashTool,
  GitApplyTool,
  GitLfsTool,
  GitLfsTransferTool,
];
