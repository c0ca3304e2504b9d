import { IsObject, IsString } from 'class-validator';

import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { NameField } from '../fields/field.decorators.js';
import { type CatalogTool, type ToolAnswer, type ToolContext } from '../tool.js';
import { type ToolCatalog } from './tool-catalog.js';

export class GetToolSpecInput {
  @NameField('Name of the tool, as discover_tools gives it')
  name: string;
}

export class GetToolSpecOutput {
  @IsString()
  name: string;

  @IsString()
  title: string;

  @IsString()
  description: string;

  @Describe('JSON Schema of the arguments')
  @IsObject()
  inputSchema: object;

  @Describe('JSON Schema of the structured result')
  @IsObject()
  outputSchema: object;

  @Describe('readOnlyHint, destructiveHint, idempotentHint, openWorldHint')
  @IsObject()
  annotations: object;
}

/** Shows all that `tools/list` would show of one tool. */
export class GetToolSpecTool implements CatalogTool<GetToolSpecInput, GetToolSpecOutput> {
  readonly spec = {
    name: 'get_tool_spec',
    title: 'Show the arguments of a tool',
    description:
      'Returns the full description of one tool: its arguments and its result as JSON Schema, and its hints. Call it before the first execute_tool of a tool.',
    lean: true,
    scopes: [],
    access: 'none',
    network: false,
    annotations: READ,
    input: GetToolSpecInput,
    output: GetToolSpecOutput,
  } as const;

  constructor(private readonly catalog: ToolCatalog) {}

  answer({ name }: GetToolSpecInput, context: ToolContext): ToolAnswer<GetToolSpecOutput> {
    const structured = { ...this.catalog.tool(name, context) };
    return { text: JSON.stringify(structured), structured };
  }
}
