import { type Type } from '@nestjs/common';

import { type Repository } from '../git/repository.js';
import { type Principal, type Scope } from '../shared/principal.js';
import { type Ask, type Confirmable } from './confirmation.js';
import { type RepositoryInput } from './fields/repository.input.js';

/** The four hints of MCP, all of them always given. */
export interface ToolAnnotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** `read` runs beside everything; `write` holds the repository's writer lock. */
export type RepositoryAccess = 'read' | 'write';

export interface ToolSpec<I extends object, O extends object> {
  /** `^[a-z_]{1,64}$` */
  readonly name: string;
  readonly title: string;
  /** Written for a model: when to use it, what it returns. */
  readonly description: string;
  /** All of them are needed. */
  readonly scopes: readonly Scope[];
  /** `none` touches no existing repository (clone, init). */
  readonly access: RepositoryAccess | 'none';
  /** Talks to a remote: the longer deadline, the network breaker. */
  readonly network: boolean;
  readonly annotations: ToolAnnotations;
  readonly input: Type<I>;
  readonly output: Type<O>;
}

export interface ProgressReport {
  readonly current: number;
  readonly total?: number;
  readonly message?: string;
}

/** What a running tool knows of its caller, and how it speaks to it. The same behind every door. */
export interface ToolContext {
  readonly sessionId: string;
  readonly requestId: string;
  readonly principal: Principal;
  readonly progress: (report: ProgressReport) => void;
  /** Absent where the client cannot be asked. */
  readonly ask?: Ask;
}

/** The repository that `repo_path` names, let through by the policy of paths. */
export interface RepositoryContext extends ToolContext {
  readonly repository: Repository;
}

export interface ToolAnswer<O extends object> {
  /** For people and models; the structured content says the same. */
  readonly text: string;
  readonly structured: O;
}

/** What one call needs where that depends on its input. */
export interface CallDemands {
  readonly scopes: readonly Scope[];
  readonly access: RepositoryAccess;
}

/** One file per tool. `run` gets validated input and may be called by many sessions at once. */
export interface RepositoryTool<
  I extends RepositoryInput = RepositoryInput,
  O extends object = object,
> extends Confirmable<I> {
  readonly spec: ToolSpec<I, O> & { readonly access: RepositoryAccess };

  /** For tools of several actions; the spec then states what the least of them needs. */
  demands?(input: I): CallDemands;

  /** @throws ServerError; aborting the signal ends every process of the operation */
  run(input: I, context: RepositoryContext, signal: AbortSignal): Promise<ToolAnswer<O>>;
}

/** A tool that works on no existing repository. */
export interface FreeTool<I extends object = object, O extends object = object> {
  readonly spec: ToolSpec<I, O> & { readonly access: 'none' };

  /** @throws ServerError; aborting the signal ends every process of the operation */
  run(input: I, context: ToolContext, signal: AbortSignal): Promise<ToolAnswer<O>>;
}

export type Tool = RepositoryTool | FreeTool;

export function worksOnRepository(tool: Tool): tool is RepositoryTool {
  return tool.spec.access !== 'none';
}
