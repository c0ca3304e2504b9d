import { GitBranchEditTool } from '../git/git-branch-edit.tool.js';
import { GitRemoteShowTool } from '../git/git-remote-show.tool.js';
import { GitTagTool } from '../git/git-tag.tool.js';

/** Branches, tags and what else lives in refs. */
export const REF_TOOLS = [GitTagTool, GitBranchEditTool, GitRemoteShowTool];
