import { type Type } from '@nestjs/common';

import { type Principal, type Scope } from '../shared/principal.js';

/** The four hints of MCP, all of them always given. */
export interface ToolAnnotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

export interface ToolSpec<I extends object, O extends object> {
  /** `^[a-z_]{1,64}$` */
  readonly name: string;
  readonly title: string;
  /** Written for a model: when to use it, what it returns. */
  readonly description: string;
  readonly scope: Scope;
  /**
   * `read` runs beside everything; `write` holds the repository's writer lock; `none` touches no existing
   * repository (clone, init).
   */
  readonly access: 'read' | 'write' | 'none';
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
}

export interface ToolAnswer<O extends object> {
  /** For people and models; the structured content says the same. */
  readonly text: string;
  readonly structured: O;
}

/** One file per tool. `run` gets validated input and may be called by many sessions at once. */
export interface Tool<I extends object = object, O extends object = object> {
  readonly spec: ToolSpec<I, O>;

  /** @throws ServerError; aborting the signal ends every process of the operation */
  run(input: I, context: ToolContext, signal: AbortSignal): Promise<ToolAnswer<O>>;
}
