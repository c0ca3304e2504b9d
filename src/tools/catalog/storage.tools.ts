import { GitArchiveTool } from '../git/git-archive.tool.js';
import { GitBisectTool } from '../git/git-bisect.tool.js';
import { GitBundleTool } from '../git/git-bundle.tool.js';
import { GitMaintenanceTool } from '../git/git-maintenance.tool.js';
import { GitNotesTool } from '../git/git-notes.tool.js';

/** Notes, files made of a repository, its object store, and bisections. */
export const STORAGE_TOOLS = [GitNotesTool, GitArchiveTool, GitBundleTool, GitMaintenanceTool, GitBisectTool];
