import { GitDescribeTool } from '../git/git-describe.tool.js';
import { GitGrepTool } from '../git/git-grep.tool.js';
import { GitLsFilesTool } from '../git/git-ls-files.tool.js';
import { GitLsTreeTool } from '../git/git-ls-tree.tool.js';
import { GitMergeBaseTool } from '../git/git-merge-base.tool.js';
import { GitRevParseTool } from '../git/git-rev-parse.tool.js';
import { GitShowRefTool } from '../git/git-show-ref.tool.js';

/** What is asked of files, refs and history beside status, logs and diffs. */
export const INSPECT_TOOLS = [
  GitGrepTool,
  GitLsFilesTool,
  GitLsTreeTool,
  GitShowRefTool,
  GitRevParseTool,
  GitDescribeTool,
  GitMergeBaseTool,
];
