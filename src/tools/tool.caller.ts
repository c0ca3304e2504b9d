import { Injectable, type Type } from '@nestjs/common';

import { type FieldIssue, ServerError } from '../shared/errors/index.js';
import { type Principal, type Scope } from '../shared/principal.js';
import { MessageValidator } from '../validation/message-validator.service.js';
import { type RepositoryInput } from './fields/repository.input.js';
import { type Tool, type ToolAnswer, type ToolContext, worksOnRepository } from './tool.js';
import { ToolMetrics } from './tool.metrics.js';
import { ToolRegistry } from './tool.registry.js';
import { ToolRunner } from './tool.runner.js';

export interface CallOptions {
  /** The caller's deadline in milliseconds; at most the configured one counts. */
  readonly timeoutMs?: number;
}

export interface CallOutcome {
  readonly answer: ToolAnswer<object>;
  /** What lenient validation let pass; paths start with `arguments`. */
  readonly warnings: readonly FieldIssue[];
}

/** The one way to call a tool, the same behind every door. */
@Injectable()
export class ToolCaller {
  constructor(
    private readonly registry: ToolRegistry,
    private readonly validator: MessageValidator,
    private readonly runner: ToolRunner,
    private readonly metrics: ToolMetrics,
  ) {}

  /**
   * @param args the arguments as they came, `undefined` for none
   * @throws ServerError `unknown_tool`, `forbidden` (details name the scope), `validation_failed` (details are the
   *   issues, paths start with `arguments`), what the policies of operations throw, what the tool throws
   */
  async call(
    name: string,
    args: unknown,
    context: ToolContext,
    signal: AbortSignal,
    { timeoutMs }: CallOptions = {},
  ): Promise<CallOutcome> {
    const tool = this.registry.get(name);
    assertScopes(tool.spec.scopes, context.principal);
    const validated = this.validator.validate(tool.spec.input as Type<object>, args ?? {}, name);
    if (!validated.ok) {
      throw new ServerError(
        'validation_failed',
        'The arguments do not fit the tool; details name each field',
        {
          details: validated.issues.map(underArguments),
        },
      );
    }
    const answer = await this.metrics.measure(name, () =>
      this.run(tool, validated.value, context, signal, timeoutMs),
    );
    return { answer, warnings: validated.warnings.map(underArguments) };
  }

  private run(
    tool: Tool,
    input: object,
    context: ToolContext,
    signal: AbortSignal,
    timeoutMs: number | undefined,
  ): Promise<ToolAnswer<object>> {
    if (!worksOnRepository(tool)) return this.runner.runFree(tool, input, context, signal, timeoutMs);
    const located = input as RepositoryInput;
    assertScopes(tool.demands?.(located).scopes ?? [], context.principal);
    return this.runner.runOnRepository(tool, located, context, signal, timeoutMs);
  }
}

function assertScopes(scopes: readonly Scope[], principal: Principal): void {
  const missing = scopes.find((scope) => !principal.scopes.has(scope));
  if (missing === undefined) return;
  throw new ServerError('forbidden', `This needs the scope ${missing}, which the token does not have`, {
    details: { scope: missing },
  });
}

function underArguments(issue: FieldIssue): FieldIssue {
  return { ...issue, path: issue.path === '' ? 'arguments' : `arguments.${issue.path}` };
}
