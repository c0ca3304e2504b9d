import { GitCherryTool } from '../git/git-cherry.tool.js';
import { GitDescribeTool } from '../git/git-describe.tool.js';
import { GitFsckTool } from '../git/git-fsck.tool.js';
import { GitGrepTool } from '../git/git-grep.tool.js';
import { GitLsFilesTool } from '../git/git-ls-files.tool.js';
import { GitLsTreeTool } from '../git/git-ls-tree.tool.js';
import { GitMergeBaseTool } from '../git/git-merge-base.tool.js';
import { GitMergeTreeTool } from '../git/git-merge-tree.tool.js';
import { GitRangeDiffTool } from '../git/git-range-diff.tool.js';
import { GitReflogTool } from '../git/git-reflog.tool.js';
import { GitRevParseTool } from '../git/git-rev-parse.tool.js';
import { GitShortlogTool } from '../git/git-shortlog.tool.js';
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
  GitShortlogTool,
  GitMergeTreeTool,
  GitRangeDiffTool,
  GitCherryTool,
  GitReflogTool,
  GitFsckTool,
];
