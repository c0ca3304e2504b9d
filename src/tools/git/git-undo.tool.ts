import { Injectable } from '@nestjs/common';

import { OperationHistory } from '../../git/operations/operation.history.js';
import { ServerError } from '../../shared/errors/index.js';
import { WRITE } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { refuseRepetition, restorationPlan, Restorations } from '../changes/restorations.service.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { OperationIdField, Optional } from '../fields/field.decorators.js';
import { RestorationOutput } from '../outputs/restoration.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitUndoInput extends DestructiveInput {
  @OperationIdField('Which operation to take back; the last one that stands if left out')
  @Optional()
  operation_id?: string;
}

@Injectable()
export class GitUndoTool implements RepositoryTool<GitUndoInput, RestorationOutput> {
  readonly logsItself = true;
  readonly spec = {
    name: 'git_undo',
    title: 'Take back an operation',
    description:
      'Takes back what a tool of this server did: refs, HEAD, index, files, settings and linked work trees are as they were before it, also after a hard reset, a clean, a deletion or a rebase. What was pushed, pruned from Git LFS, tidied or written by git_archive and git_bundle stays. It refuses, naming them, where newer changes would be lost. One that the server did not see the end of (pending) needs a yes to the plan of a dry_run: all changes since count as its own. git_redo does it again.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: WRITE,
    input: GitUndoInput,
    output: RestorationOutput,
  } as const;

  constructor(
    private readonly history: OperationHistory,
    private readonly restorations: Restorations,
  ) {}

  async preview(
    { operation_id }: GitUndoInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    return restorationPlan('Would take back', await this.history.undoing(repository, operation_id, signal));
  }

  async run(
    { operation_id, confirm, plan_token }: GitUndoInput,
    context: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<RestorationOutput>> {
    if (operation_id === undefined) refuseRepetition(context);
    const restoration = await this.history.undoing(context.repository, operation_id, signal);
    if (restoration.of.outcome === 'pending' && !(confirm && plan_token !== undefined)) throw planNeeded();
    return this.restorations.apply('Took back', restoration, { undoes: restoration.of.id }, context, signal);
  }
}

// Nobody knows what such an operation left, so nothing can be compared: the plan is what is agreed to.
function planNeeded(): ServerError {
  const message =
    'The server ended during this operation, so all changes since would be taken back: call it with dry_run, show the plan to the user, and after a yes repeat it with confirm: true and the plan_token of the dry run';
  return new ServerError('forbidden', message, {
    details: { reason: 'confirmation_required', confirm: true, plan_token: true },
  });
}
