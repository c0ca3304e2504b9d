import { GitIsolateTool } from '../git/git-isolate.tool.js';
import { GitSetWorkingDirTool } from '../git/git-set-working-dir.tool.js';

/** Where a session works. */
export const SESSION_TOOLS = [GitSetWorkingDirTool, GitIsolateTool];
