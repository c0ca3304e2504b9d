import {
  type GetPromptResult,
  type InputRequiredResult,
  type Prompt as PromptDefinition,
  ProtocolError,
  ProtocolErrorCode,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';

import { McpConfig } from '../../config/sections/index.js';
import { McpErrors } from '../core/mcp-errors.service.js';
import { type McpFeature } from '../core/mcp-feature.js';
import { type McpPeer, readerOf } from '../core/mcp-peer.js';
import { McpExtensions } from '../core/mcp.extension.js';
import { McpOperations } from '../core/operations.service.js';
import { pageOf } from '../core/page.js';
import { PROMPTS, type Prompt } from '../prompts/prompt.js';

interface Asked {
  readonly name: string;
  readonly arguments?: Record<string, string> | undefined;
}

/** `prompts/list` and `prompts/get`. */
@Injectable()
export class PromptsFeature implements McpFeature {
  private readonly definitions: readonly PromptDefinition[];
  private readonly prompts: ReadonlyMap<string, Prompt>;

  constructor(
    @Inject(PROMPTS) prompts: readonly Prompt[],
    private readonly extensions: McpExtensions,
    private readonly operations: McpOperations,
    private readonly errors: McpErrors,
    private readonly config: McpConfig,
  ) {
    this.prompts = new Map(prompts.map((prompt) => [prompt.name, prompt]));
    this.definitions = prompts.map(definitionOf);
  }

  install(server: Server, peer: McpPeer): void {
    server.setRequestHandler('prompts/list', ({ params }) => {
      const { items, nextCursor } = pageOf(
        'prompts',
        this.visibleTo(peer),
        params?.cursor,
        this.config.pageSize,
      );
      return { prompts: [...items], ...(nextCursor !== undefined && { nextCursor }) };
    });
    server.setRequestHandler('prompts/get', ({ params }, context) => this.get(peer, params, context));
  }

  private async get(
    peer: McpPeer,
    { name, arguments: args = {} }: Asked,
    context: ServerContext,
  ): Promise<GetPromptResult | InputRequiredResult> {
    const extension = this.extensions.prompts.get(name);
    if (extension !== undefined) return extension.get(args, context);
    const prompt = this.prompts.get(name);
    if (prompt === undefined) throw unknownPrompt();
    const { id, signal } = context.mcpReq;
    try {
      const messages = await this.operations.run(peer, { id, client: signal }, (aborted) =>
        prompt.render(args, readerOf(peer, String(id)), aborted),
      );
      return { description: prompt.description, messages: messages.map(messageOf) };
    } catch (thrown) {
      throw this.errors.protocol(thrown, peer);
    }
  }

  // Every prompt reads a repository: who may not read would only be refused.
  private visibleTo({ principal }: McpPeer): readonly PromptDefinition[] {
    const own = principal.scopes.has('git:read') ? this.definitions : [];
    const extending = [...this.extensions.prompts.values()].map(({ definition }) => definition);
    return extending.length === 0 ? own : [...extending, ...own];
  }
}

function definitionOf({ name, title, description, arguments: args }: Prompt): PromptDefinition {
  return {
    name,
    title,
    description,
    arguments: args.map((argument) => ({
      name: argument.name,
      description: argument.description,
      required: argument.required,
    })),
  };
}

function messageOf({ role, text }: { readonly role: 'user' | 'assistant'; readonly text: string }) {
  return { role, content: { type: 'text' as const, text } };
}

function unknownPrompt(): ProtocolError {
  const message = 'There is no prompt of this name; prompts/list says which there are';
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}
