import {
  type CompleteRequestParams,
  type CompleteResult,
  ProtocolError,
  ProtocolErrorCode,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';

import { cancelledWith } from '../core/cancelled-requests.js';
import { McpErrors } from '../core/mcp-errors.service.js';
import { type McpFeature } from '../core/mcp-feature.js';
import { type McpPeer, readerOf } from '../core/mcp-peer.js';
import { McpExtensions } from '../core/mcp.extension.js';
import { PROMPTS, type Prompt, type PromptArgument } from '../prompts/prompt.js';
import { RepositoryCompletions } from '../resources/repository.completions.js';
import { RESOURCE_CATALOG, type ResourceCatalog, type ResourceReader } from '../resources/resource.js';

/** The most values that one answer may have. */
const MAX_VALUES = 100;

/** A variable that is being typed, and what has been filled in before it. */
interface Typed {
  readonly value: string;
  readonly set: Readonly<Record<string, string>>;
  readonly reader: ResourceReader;
  readonly signal: AbortSignal;
}

/** `completion/complete`: how a revision, a path or a repository that somebody types may go on. */
@Injectable()
export class CompletionFeature implements McpFeature {
  constructor(
    @Inject(PROMPTS) private readonly prompts: readonly Prompt[],
    @Inject(RESOURCE_CATALOG) private readonly catalog: ResourceCatalog,
    private readonly extensions: McpExtensions,
    private readonly repositories: RepositoryCompletions,
    private readonly errors: McpErrors,
  ) {}

  install(server: Server, peer: McpPeer): void {
    server.setRequestHandler('completion/complete', ({ params }, context) =>
      this.complete(peer, params, context),
    );
  }

  private async complete(
    peer: McpPeer,
    { ref, argument, context }: CompleteRequestParams,
    { mcpReq }: ServerContext,
  ): Promise<CompleteResult> {
    const typed: Typed = {
      value: argument.value,
      set: context?.arguments ?? {},
      reader: readerOf(peer, String(mcpReq.id)),
      signal: cancelledWith(mcpReq.signal),
    };
    try {
      const values =
        ref.type === 'ref/prompt'
          ? await this.ofPrompt(ref.name, argument.name, typed)
          : await this.ofTemplate(ref.uri, argument.name, typed);
      const hasMore = values.length > MAX_VALUES;
      return { completion: { values: values.slice(0, MAX_VALUES), hasMore } };
    } catch (thrown) {
      throw thrown instanceof ProtocolError ? thrown : this.errors.protocol(thrown, peer);
    }
  }

  private async ofPrompt(name: string, variable: string, typed: Typed): Promise<readonly string[]> {
    if (this.extensions.prompts.has(name)) return [];
    const prompt = this.prompts.find((one) => one.name === name);
    if (prompt === undefined) throw unknown('prompt', 'prompts/list');
    const argument = prompt.arguments.find((one) => one.name === variable);
    return argument === undefined ? [] : this.valuesOf(argument, typed);
  }

  private async valuesOf({ completes }: PromptArgument, typed: Typed): Promise<readonly string[]> {
    const { value, reader, signal } = typed;
    // A form may send what has not been filled in as an empty text.
    const repository = typed.set['repo_path'] || undefined;
    switch (completes) {
      case 'repository':
        return this.repositories.repositories(value, reader, signal);
      case 'branch':
        return this.repositories.branches(repository, value, reader, signal);
      case 'ref':
        return this.repositories.revisions(repository, value, reader, signal);
      case 'remote':
        return this.repositories.remotes(repository, value, reader, signal);
      case 'path':
        return this.repositories.paths({ repository }, value, reader, signal);
      default:
        return [];
    }
  }

  private async ofTemplate(uri: string, variable: string, typed: Typed): Promise<readonly string[]> {
    const { value, set, reader, signal } = typed;
    if (this.extensions.resourceTemplates.some(({ uriTemplate }) => uriTemplate === uri)) return [];
    const known = this.catalog.templates(reader.principal).some(({ uriTemplate }) => uriTemplate === uri);
    if (!known) throw unknown('resource template', 'resources/templates/list');
    return this.catalog.complete(uri, variable, value, set, reader, signal);
  }
}

function unknown(what: string, list: string): ProtocolError {
  const message = `There is no ${what} of this name; ${list} says which there are`;
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}
