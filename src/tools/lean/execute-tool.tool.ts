import { IsObject, IsString } from 'class-validator';

import { ServerError } from '../../shared/errors/index.js';
import { Describe, Lenient } from '../../validation/dto/dto.decorators.js';
import { ANYTHING } from '../annotations.js';
import { NameField } from '../fields/field.decorators.js';
import { type RedirectingTool, type ToolAnswer, type ToolCall } from '../tool.js';

export class ExecuteToolInput {
  @NameField('Name of the tool, as discover_tools gives it')
  name: string;

  @Describe('Its arguments, as get_tool_spec describes them')
  @IsObject()
  @Lenient('may-be-missing')
  arguments: Record<string, unknown>;
}

export class ExecuteToolOutput {
  @Describe('The tool that was called')
  @IsString()
  tool: string;

  @Describe('Its structured result')
  @IsObject()
  result: object;
}

/** Calls a tool that is not listed, with all the checks of a call of its own. */
export class ExecuteToolTool implements RedirectingTool<ExecuteToolInput, ExecuteToolOutput> {
  readonly spec = {
    name: 'execute_tool',
    title: 'Call a tool by its name',
    description:
      'Calls one of the tools that discover_tools names, and returns its answer. Scopes, locks, limits and questions to the user are those of that tool.',
    lean: true,
    scopes: [],
    access: 'none',
    network: true,
    annotations: ANYTHING,
    input: ExecuteToolInput,
    output: ExecuteToolOutput,
  } as const;

  /** @param own names of the lean mode's tools, which are called directly */
  constructor(private readonly own: ReadonlySet<string>) {}

  redirect({ name, arguments: args }: ExecuteToolInput): ToolCall {
    if (!this.own.has(name)) return { name, args };
    throw new ServerError('validation_failed', 'This tool is listed: call it directly', {
      details: [{ path: 'arguments.name', constraint: 'isIndirect', message: 'name must be another tool' }],
    });
  }

  wrap({ name }: ToolCall, { text, structured }: ToolAnswer<object>): ToolAnswer<ExecuteToolOutput> {
    return { text, structured: { tool: name, result: structured } };
  }
}
