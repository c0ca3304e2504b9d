import { Type } from 'class-transformer';
import { IsArray, IsString, ValidateNested } from 'class-validator';

import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { CountField, NameField, Optional } from '../fields/field.decorators.js';
import { OmittedField, omittedOutput } from '../outputs/listing.js';
import { type CatalogTool, type ToolAnswer, type ToolContext } from '../tool.js';
import { type ToolDescriptor } from '../tool.registry.js';
import { type ToolCatalog } from './tool-catalog.js';
import { rankTools } from './rank-tools.js';

/** More than there are, so that one call can name all of them. */
const MOST = 500;

export class DiscoverToolsInput {
  @NameField('What is to be done, in a few words, for example "unstage files"; every tool if left out')
  @Optional()
  query?: string;

  @CountField('How many tools to name at most', 1, MOST)
  @Optional()
  limit: number = 10;

  @CountField('How many of the best to leave out, to go on after them', 0, MOST)
  @Optional()
  skip: number = 0;
}

export class ToolSummaryOutput {
  @IsString()
  name: string;

  @Describe('What it does, in one line')
  @IsString()
  summary: string;
}

export class DiscoverToolsOutput {
  @Describe('The best match first')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ToolSummaryOutput)
  tools: ToolSummaryOutput[];

  @OmittedField()
  omitted?: number;
}

/** Names the tools that fit a task. */
export class DiscoverToolsTool implements CatalogTool<DiscoverToolsInput, DiscoverToolsOutput> {
  readonly spec = {
    name: 'discover_tools',
    title: 'Find the tool for a task',
    description:
      'Names the git tools that fit a task, best first, with one line each. Start here; then get_tool_spec for the arguments of one, and execute_tool to call it.',
    lean: true,
    scopes: [],
    access: 'none',
    network: false,
    annotations: READ,
    input: DiscoverToolsInput,
    output: DiscoverToolsOutput,
  } as const;

  constructor(private readonly catalog: ToolCatalog) {}

  answer(
    { query = '', limit, skip }: DiscoverToolsInput,
    context: ToolContext,
  ): ToolAnswer<DiscoverToolsOutput> {
    const all = this.catalog.tools(context);
    const ranked = rankTools(all, query);
    const fitting = ranked.length === 0 ? all : ranked;
    const found = fitting.slice(skip, skip + limit).map(summaryOf);
    const omitted = Math.max(0, fitting.length - skip - limit);
    const lines = found.map(({ name, summary }) => `${name}: ${summary}`);
    // Nothing at all would read as if there were no tools.
    if (ranked.length === 0) lines.unshift('Nothing fits these words; these are the tools there are:');
    if (omitted > 0 && ranked.length > 0)
      lines.push(`[${omitted} more: call again with skip ${skip + limit}]`);
    return { text: lines.join('\n'), structured: { tools: found, ...omittedOutput(omitted) } };
  }
}

function summaryOf({ name, description }: ToolDescriptor): ToolSummaryOutput {
  const [sentence = description] = description.split(/[.;](?:\s|$)/, 1);
  return { name, summary: sentence };
}
