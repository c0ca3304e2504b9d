import { GitBlameTool } from '../git/git-blame.tool.js';
import { GitCatFileTool } from '../git/git-cat-file.tool.js';
import { GitCoChangeTool } from '../git/git-co-change.tool.js';

/** Where lines come from, what files held, and what changes together. */
export const HISTORY_TOOLS = [GitBlameTool, GitCatFileTool, GitCoChangeTool];
