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

/** A list of `McpExtension`, bound by who starts the application with some. */
export const MCP_EXTENSIONS = Symbol('McpExtensions');
