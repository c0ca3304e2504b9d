import { GitBatchTool } from '../git/git-batch.tool.js';
import { GitOperationsTool } from '../git/git-operations.tool.js';
import { GitRedoTool } from '../git/git-redo.tool.js';
import { GitUndoTool } from '../git/git-undo.tool.js';

/** What was done, and the way back. */
export const OPERATION_TOOLS = [GitOperationsTool, GitUndoTool, GitRedoTool, GitBatchTool];
