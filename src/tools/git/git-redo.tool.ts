import { Injectable } from '@nestjs/common';

import { OperationHistory } from '../../git/operations/operation.history.js';
import { WRITE } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { refuseRepetition, restorationPlan, Restorations } from '../changes/restorations.service.js';
import { ChangeInput } from '../fields/change.input.js';
import { OperationIdField, Optional } from '../fields/field.decorators.js';
import { RestorationOutput } from '../outputs/restoration.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitRedoInput extends ChangeInput {
  @OperationIdField('Which operation to do again; the one taken back last if left out')
  @Optional()
  operation_id?: string;
}

@Injectable()
export class GitRedoTool implements RepositoryTool<GitRedoInput, RestorationOutput> {
  readonly logsItself = true;
  readonly spec = {
    name: 'git_redo',
    title: 'Do an operation again',
    description:
      'Brings back the result of an operation that git_undo took back, with the same object ids. It refuses, naming them, where newer changes would be lost.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: WRITE,
    input: GitRedoInput,
    output: RestorationOutput,
  } as const;

  constructor(
    private readonly history: OperationHistory,
    private readonly restorations: Restorations,
  ) {}

  async preview(
    { operation_id }: GitRedoInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    return restorationPlan('Would do again', await this.history.redoing(repository, operation_id, signal));
  }

  async run(
    { operation_id }: GitRedoInput,
    context: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<RestorationOutput>> {
    if (operation_id === undefined) refuseRepetition(context);
    const restoration = await this.history.redoing(context.repository, operation_id, signal);
    return this.restorations.apply('Did again', restoration, { redoes: restoration.of.id }, context, signal);
  }
}
