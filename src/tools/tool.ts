import { type Type } from '@nestjs/common';

import { type Toolset } from '../config/sections/index.js';
import { type OperationCall } from '../git/operations/operation-record.js';
import { type SessionCredential } from '../git/remotes/session-credentials.js';
import { type Repository } from '../git/repository.js';
import { type QueuedCall } from '../resilience/queued-call.js';
import { type SessionPlace } from '../sessions/session-place.js';
import { type Principal, type Scope } from '../shared/principal.js';
import { type Keeps, type Plan } from './changes/plan.js';
import { type AnswerForm } from './answers/answer-form.js';
import { type Ask, type Confirmable } from './confirmation.js';
import { type RepositoryInput } from './fields/repository.input.js';
import { type ToolSelection } from './selection/tool-selection.js';

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
  /** Absent where the tool belongs to every selection of toolsets. */
  readonly toolset?: Toolset;
  /** A tool of the lean mode, which is about the other tools; it exists in that mode only. */
  readonly lean?: true;
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
  /** Absent where the caller has no session: each of its calls stands alone. */
  readonly place?: SessionPlace;
  readonly progress: (report: ProgressReport) => void;
  /** Absent where the client cannot be asked. */
  readonly ask?: Ask;
  /** Which tools the session has; absent: those that the configuration offers. */
  readonly selection?: ToolSelection;
  /** What the caller brings for hosts; only the git layer sees it. */
  readonly credentials?: readonly SessionCredential[];
  /** Told, with the writer lock held, that the repository is about to be changed; what it returns is waited for. */
  readonly underway?: (repository: Repository) => Promise<void> | undefined;
  /** Present where the call has waited at its door. */
  readonly waited?: WaitedCall;
}

/** A call that has waited at its door, and what may have changed since it came. */
export interface WaitedCall {
  readonly queued: QueuedCall;
  /** `place.workingDirectory` when it came. */
  readonly workingDirectory: string | undefined;
}

/** What a call on a repository adds. */
export interface RepositoryCallContext extends ToolContext {
  /** How the answer is wanted; tools that know how to make it so do better than the cut at the end. */
  readonly form: AnswerForm;
}

/** The repository that `repo_path` names, let through by the policy of paths. */
export interface RepositoryContext extends RepositoryCallContext {
  readonly repository: Repository;
  /** For tools that write their own entry in the operation log. */
  readonly operation?: OperationCall;
  /** The undo or redo that had been cut off and was finished before this call, by its id in the log. */
  readonly finished?: string;
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

  /**
   * What a run would do, found out without changing anything, with all checks of a run; for `dry_run` and to verify a
   * plan token. Tools that change a repository have one, and an input that extends `ChangeInput`. Called with or
   * without the writer lock.
   */
  preview?(input: I, context: RepositoryContext, signal: AbortSignal): Promise<Plan>;

  /**
   * Whether this input loses something that needs a yes: hard reset, clean, deletion, drop, force push, published
   * history. Its input extends `DestructiveInput`.
   */
  needsPlan?(input: I): boolean;

  /** It writes its own entry in the operation log, with `context.operation`. */
  readonly logsItself?: true;

  /** How much the operation log must keep to be able to undo the call; `index` where a tool does not say. */
  keeps?(input: I): Keeps;

  /** Paths of linked work trees that may be gone afterwards, or of submodules that may change, for a tool that keeps those. */
  touches?(input: I): readonly string[] | 'every';

  /** @throws ServerError; aborting the signal ends every process of the operation */
  run(input: I, context: RepositoryContext, signal: AbortSignal): Promise<ToolAnswer<O>>;
}

/** A tool that works on no existing repository. */
export interface FreeTool<I extends object = object, O extends object = object> {
  readonly spec: ToolSpec<I, O> & { readonly access: 'none' };

  /** As that of a `RepositoryTool`; its input has `dry_run`. */
  preview?(input: I, context: ToolContext, signal: AbortSignal): Promise<Plan>;

  /** @throws ServerError; aborting the signal ends every process of the operation */
  run(input: I, context: ToolContext, signal: AbortSignal): Promise<ToolAnswer<O>>;
}

/** A tool about the tools or the server: answered from memory, so it takes no place in the queue of operations. */
export interface CatalogTool<I extends object = object, O extends object = object> {
  readonly spec: ToolSpec<I, O> & { readonly access: 'none' };

  /** @throws ServerError */
  answer(input: I, context: ToolContext): ToolAnswer<O> | Promise<ToolAnswer<O>>;
}

/** What is called in place of a redirecting tool. */
export interface ToolCall {
  readonly name: string;
  /** As they came; checked by the tool that is called. */
  readonly args: unknown;
}

/** A tool that calls another one by its name, with all the checks of a call. */
export interface RedirectingTool<I extends object = object, O extends object = object> {
  readonly spec: ToolSpec<I, O> & { readonly access: 'none' };

  redirect(input: I): ToolCall;
  /** The other tool's answer in the form of this one's. */
  wrap(call: ToolCall, answer: ToolAnswer<object>): ToolAnswer<O>;
}

export type Tool = RepositoryTool | FreeTool | CatalogTool | RedirectingTool;

export function worksOnRepository(tool: Tool): tool is RepositoryTool {
  return tool.spec.access !== 'none';
}

export function answersFromMemory(tool: Tool): tool is CatalogTool {
  return 'answer' in tool;
}

export function redirects(tool: Tool): tool is RedirectingTool {
  return 'redirect' in tool;
}

/** Has a dry run. */
export function isPlannable(tool: Tool): boolean {
  return 'preview' in tool;
}
