import { GitDiscardHunksTool } from '../git/git-discard-hunks.tool.js';
import { GitHunksTool } from '../git/git-hunks.tool.js';
import { GitStageHunksTool } from '../git/git-stage-hunks.tool.js';
import { GitUnstageHunksTool } from '../git/git-unstage-hunks.tool.js';

/** Changes piece by piece. */
export const HUNK_TOOLS = [GitHunksTool, GitStageHunksTool, GitUnstageHunksTool, GitDiscardHunksTool];
