import { Inject, Injectable, type Type } from '@nestjs/common';

import { nearestName } from '../config/nearest-name.js';
import { ServerError } from '../shared/errors/index.js';
import { type Principal, type Scope } from '../shared/principal.js';
import { jsonSchemaOf } from '../validation/dto/json-schema.js';
import { type ObjectSchema } from '../validation/dto/json-schema.types.js';
import { outputSchemaOf } from './outputs/output-schema.js';
import { ToolSelection } from './selection/tool-selection.js';
import { answersFromMemory, redirects, type Tool, type ToolAnnotations, worksOnRepository } from './tool.js';

/** A tool as clients see it; the form of MCP. */
export interface ToolDescriptor {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: ObjectSchema;
  readonly outputSchema: ObjectSchema;
  readonly annotations: ToolAnnotations;
}

interface Entry {
  readonly tool: Tool;
  readonly descriptor: ToolDescriptor;
}

/** The tools of this module, in the order in which clients see them. */
export const GIT_TOOLS = Symbol('GitTools');

const NAME = /^[a-z_]{1,64}$/;

/** All tools, in the order of their registration. Modules above this one register theirs at start. */
@Injectable()
export class ToolRegistry {
  private readonly entries = new Map<string, Entry>();

  constructor(@Inject(GIT_TOOLS) gitTools: readonly Tool[]) {
    for (const tool of gitTools) this.register(tool);
  }

  /** @throws Error where the name is taken or malformed, or a class of the tool has no schema */
  register(tool: Tool): void {
    const { name } = tool.spec;
    if (!NAME.test(name)) throw new Error(`The tool name ${name} does not match ${NAME.source}`);
    if (this.entries.has(name)) throw new Error(`A tool named ${name} is registered already`);
    this.entries.set(name, { tool, descriptor: Object.freeze(describe(tool)) });
  }

  /** @throws ServerError `unknown_tool`, naming the nearest one */
  get(name: string): Tool {
    const entry = this.entries.get(name);
    if (entry) return entry.tool;
    const nearest = nearestName(name.slice(0, 64), this.entries.keys());
    const hint = nearest === undefined ? 'tools/list says which there are' : `did you mean ${nearest}?`;
    throw new ServerError('unknown_tool', `There is no tool of this name; ${hint}`, {
      ...(nearest !== undefined && { details: { nearest } }),
    });
  }

  /** Of all tools. */
  names(): readonly string[] {
    return [...this.entries.keys()];
  }

  /** What every call of a tool needs; nothing for a name that no tool has. */
  scopesOf(name: string): readonly Scope[] | undefined {
    return this.entries.get(name)?.tool.spec.scopes;
  }

  /** Of a tool that itself waits for its turn to run; nothing for any other, or for a name that no tool has. */
  queuedSpec(name: string): Tool['spec'] | undefined {
    const tool = this.entries.get(name)?.tool;
    if (tool === undefined || answersFromMemory(tool) || redirects(tool)) return undefined;
    return tool.spec;
  }

  /** Whether a tool does nothing but read a repository, whatever it is given; no for a name that no tool has. */
  readsRepository(name: string): boolean {
    const tool = this.entries.get(name)?.tool;
    return tool !== undefined && worksOnRepository(tool) && tool.spec.annotations.readOnlyHint;
  }

  /**
   * The tools that a caller's scopes allow and its session has, in a stable order. Every door shows these.
   *
   * @param selection of the session, or `ToolSelections.configured`
   */
  descriptors(
    principal: Principal,
    selection: ToolSelection = ToolSelection.everything,
  ): readonly ToolDescriptor[] {
    return [...this.entries.values()]
      .filter(({ tool }) => tool.spec.scopes.every((scope) => principal.scopes.has(scope)))
      .filter(({ tool }) => selection.lists(tool.spec))
      .map(({ descriptor }) => descriptor);
  }
}

function describe(tool: Tool): ToolDescriptor {
  const { name, title, description, annotations, input } = tool.spec;
  const schemas = {
    inputSchema: jsonSchemaOf(input as Type<object>),
    outputSchema: outputSchemaOf(tool),
  };
  return { name, title, description, ...schemas, annotations };
}
