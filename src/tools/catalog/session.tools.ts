import { GitSetWorkingDirTool } from '../git/git-set-working-dir.tool.js';

/** Where a session works. */
export const SESSION_TOOLS = [GitSetWorkingDirTool];
