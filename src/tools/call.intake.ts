import { Injectable, type Type } from '@nestjs/common';

import { type FieldIssue, ServerError } from '../shared/errors/index.js';
import { MessageValidator } from '../validation/message-validator.service.js';
import { type Tool, type ToolContext } from './tool.js';
import { argumentsFrom } from './working-directory/arguments-from.js';
import { ToolGate } from './tool.gate.js';

export interface CheckedCall {
  readonly tool: Tool;
  readonly input: object;
  /** What lenient validation let pass; paths start with `arguments`. */
  readonly warnings: readonly FieldIssue[];
}

/** Does the tool exist, may the caller use it, do the arguments fit? */
@Injectable()
export class CallIntake {
  constructor(
    private readonly gate: ToolGate,
    private readonly validator: MessageValidator,
  ) {}

  /** @throws ServerError `unknown_tool`, `forbidden`, `validation_failed` */
  check(name: string, args: unknown, context: ToolContext): CheckedCall {
    const tool = this.gate.open(name, context);
    const { spec } = tool;
    const { workingDirectory } = context.waited ?? context.place ?? {};
    const validated = this.validator.validate(
      spec.input as Type<object>,
      argumentsFrom(workingDirectory, tool, args ?? {}),
      spec.name,
      context.requestId,
    );
    if (validated.ok)
      return { tool, input: validated.value, warnings: validated.warnings.map(underArguments) };
    throw new ServerError('validation_failed', 'The arguments do not fit the tool; details name each field', {
      details: validated.issues.map(underArguments),
    });
  }
}

export function underArguments(issue: FieldIssue): FieldIssue {
  return { ...issue, path: issue.path === '' ? 'arguments' : `arguments.${issue.path}` };
}
