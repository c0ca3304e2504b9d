import {
  type CallToolResult,
  type GetPromptResult,
  type InputRequiredResult,
  type Prompt,
  type ReadResourceResult,
  type Resource,
  type ResourceTemplateType,
  type ServerContext,
  type Tool,
} from '@modelcontextprotocol/server';
import { Injectable } from '@nestjs/common';

export interface ExtensionTool {
  readonly definition: Tool;
  call(
    args: Readonly<Record<string, unknown>>,
    context: ServerContext,
  ): Promise<CallToolResult | InputRequiredResult>;
}

export interface ExtensionPrompt {
  readonly definition: Prompt;
  get(
    args: Readonly<Record<string, string>>,
    context: ServerContext,
  ): Promise<GetPromptResult | InputRequiredResult>;
}

/**
 * What speaks MCP directly where the tools, resources and prompts of this server have no word for it: images, audio,
 * questions to the client's model. Listed before the server's own; the product has none.
 */
export interface McpExtension {
  readonly tools?: readonly ExtensionTool[];
  readonly resources?: readonly Resource[];
  readonly resourceTemplates?: readonly ResourceTemplateType[];
  readonly prompts?: readonly ExtensionPrompt[];
  /** @returns nothing where the URI is not one of its own */
  readResource?(uri: string, context: ServerContext): Promise<ReadResourceResult | undefined>;
}

/** All extensions. Whoever starts the application registers some before it listens. */
@Injectable()
export class McpExtensions {
  readonly tools = new Map<string, ExtensionTool>();
  readonly prompts = new Map<string, ExtensionPrompt>();
  readonly resources: Resource[] = [];
  readonly resourceTemplates: ResourceTemplateType[] = [];
  private readonly readers: NonNullable<McpExtension['readResource']>[] = [];

  register({ tools = [], prompts = [], resources = [], resourceTemplates = [], readResource }: McpExtension) {
    for (const tool of tools) this.tools.set(tool.definition.name, tool);
    for (const prompt of prompts) this.prompts.set(prompt.definition.name, prompt);
    this.resources.push(...resources);
    this.resourceTemplates.push(...resourceTemplates);
    if (readResource !== undefined) this.readers.push(readResource);
  }

  async readResource(uri: string, context: ServerContext): Promise<ReadResourceResult | undefined> {
    for (const read of this.readers) {
      const result = await read(uri, context);
      if (result !== undefined) return result;
    }
    return undefined;
  }
}
