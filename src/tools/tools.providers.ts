import { type Provider } from '@nestjs/common';

import { AnswerFitter } from './answers/answer.fitter.js';
import { BatchMembers } from './batch/batch-members.service.js';
import { BatchRunner } from './batch/batch-runner.service.js';
import { CallAdmission } from './call.admission.js';
import { CallIntake } from './call.intake.js';
import { CallLog } from './call.log.js';
import { INTEGRATION_TOOLS } from './catalog/integration.tools.js';
import { OPERATION_TOOLS } from './catalog/operations.tools.js';
import { SessionCredentials } from './credentials/session-credentials.service.js';
import { CallPreparation } from './changes/call-preparation.service.js';
import { ChangeRecorder } from './changes/change.recorder.js';
import { MadeRepositories } from './changes/made-repositories.service.js';
import { ExpectedState } from './changes/expected-state.service.js';
import { STORAGE_TOOLS } from './catalog/storage.tools.js';
import { HUNK_TOOLS } from './catalog/hunk.tools.js';
import { HISTORY_TOOLS } from './catalog/history.tools.js';
import { INSPECT_TOOLS } from './catalog/inspect.tools.js';
import { WORK_TREE_TOOLS } from './catalog/work-tree.tools.js';
import { SECURITY_TOOLS } from './catalog/security.tools.js';
import { REF_TOOLS } from './catalog/refs.tools.js';
import { SESSION_TOOLS } from './catalog/session.tools.js';
import { WORKTREE_TOOLS } from './catalog/worktrees.tools.js';
import { Restorations } from './changes/restorations.service.js';
import { GitAbortTool } from './git/git-abort.tool.js';
import { GitAddTool } from './git/git-add.tool.js';
import { GitBranchTool } from './git/git-branch.tool.js';
import { GitCheckoutTool } from './git/git-checkout.tool.js';
import { GitCherryPickTool } from './git/git-cherry-pick.tool.js';
import { GitCloneTool } from './git/git-clone.tool.js';
import { GitCommitTool } from './git/git-commit.tool.js';
import { GitContinueTool } from './git/git-continue.tool.js';
import { GitCreateBranchTool } from './git/git-create-branch.tool.js';
import { GitDiffBranchesTool } from './git/git-diff-branches.tool.js';
import { GitDiffStagedTool } from './git/git-diff-staged.tool.js';
import { GitDiffUnstagedTool } from './git/git-diff-unstaged.tool.js';
import { GitDiffTool } from './git/git-diff.tool.js';
import { GitFetchTool } from './git/git-fetch.tool.js';
import { GitInitTool } from './git/git-init.tool.js';
import { GitLogTool } from './git/git-log.tool.js';
import { GitMergeTool } from './git/git-merge.tool.js';
import { GitPullTool } from './git/git-pull.tool.js';
import { GitPushTool } from './git/git-push.tool.js';
import { GitRebaseTool } from './git/git-rebase.tool.js';
import { GitRemoteTool } from './git/git-remote.tool.js';
import { GitResetTool } from './git/git-reset.tool.js';
import { GitShowTool } from './git/git-show.tool.js';
import { GitStatusTool } from './git/git-status.tool.js';
import { ConfirmationStep } from './confirmation.step.js';
import { LeanTools } from './lean/lean.tools.js';
import { ProtectedBranches } from './protected-branches.service.js';
import { ToolSelections } from './selection/tool-selections.service.js';
import { type Tool } from './tool.js';
import { ToolCaller } from './tool.caller.js';
import { ToolGate } from './tool.gate.js';
import { SlowOperations } from './slow-operations.service.js';
import { ToolMetrics } from './tool.metrics.js';
import { GIT_TOOLS, ToolRegistry } from './tool.registry.js';
import { ToolRunner } from './tool.runner.js';

/** In the order in which clients see them: first what the official server has. */
export const TOOL_CLASSES = [
  GitStatusTool,
  GitDiffUnstagedTool,
  GitDiffStagedTool,
  GitDiffTool,
  GitCommitTool,
  GitAddTool,
  GitResetTool,
  GitLogTool,
  GitCreateBranchTool,
  GitCheckoutTool,
  GitShowTool,
  GitBranchTool,
  GitInitTool,
  GitPushTool,
  GitPullTool,
  GitFetchTool,
  GitCloneTool,
  GitDiffBranchesTool,
  GitMergeTool,
  GitRebaseTool,
  GitCherryPickTool,
  GitAbortTool,
  GitContinueTool,
  GitRemoteTool,
  ...INSPECT_TOOLS,
  ...HISTORY_TOOLS,
  ...INTEGRATION_TOOLS,
  ...STORAGE_TOOLS,
  ...WORK_TREE_TOOLS,
  ...HUNK_TOOLS,
  ...REF_TOOLS,
  ...WORKTREE_TOOLS,
  ...SECURITY_TOOLS,
  ...OPERATION_TOOLS,
  ...SESSION_TOOLS,
];

/** All of this module but what it imports. Needs the ports of git, `MessageValidator` and `OperationExecutor`. */
export const TOOL_PROVIDERS: Provider[] = [
  ...TOOL_CLASSES,
  { provide: GIT_TOOLS, useFactory: (...tools: Tool[]) => tools, inject: [...TOOL_CLASSES] },
  AnswerFitter,
  BatchMembers,
  BatchRunner,
  CallAdmission,
  CallIntake,
  CallLog,
  CallPreparation,
  ChangeRecorder,
  MadeRepositories,
  ConfirmationStep,
  ExpectedState,
  LeanTools,
  ProtectedBranches,
  Restorations,
  SessionCredentials,
  ToolCaller,
  ToolGate,
  SlowOperations,
  ToolMetrics,
  ToolRegistry,
  ToolRunner,
  ToolSelections,
];
