import { Injectable } from '@nestjs/common';

import { GitConfig } from '../config/sections/index.js';
import { OperationExecutor } from '../resilience/operation.executor.js';
import { type QueuedCall, type QueuedCallListener } from '../resilience/queued-call.js';
import { type Turn } from '../resilience/turn.js';
import { type ServerError } from '../shared/errors/index.js';
import { CallLog, type Door } from './call.log.js';
import { type ToolSpec } from './tool.js';
import { ToolRegistry } from './tool.registry.js';
import { operationKind } from './tool.runner.js';

/** A call as it came to a door. */
export interface ArrivedCall {
  /** A caller's text. */
  readonly tool: string;
  readonly turn: Turn;
  readonly requestId: string;
  /** The caller's wish; it shortens the configured deadline and never extends it. */
  readonly timeoutMs?: number;
}

/** What kind of operation waits at the door. */
const WAITS_AT_THE_DOOR = 'git.read';

/**
 * Turns calls away before anything is done for them, where they would be turned away in the end, and lets those wait for
 * their place that do nothing but read. Whatever may write waits for the writer lock of its repository first, which is not
 * known before its arguments are; and takes so long that what it keeps alive meanwhile does not matter.
 */
@Injectable()
export class CallAdmission {
  constructor(
    private readonly registry: ToolRegistry,
    private readonly executor: OperationExecutor,
    private readonly calls: CallLog,
    private readonly config: GitConfig,
  ) {}

  /**
   * @param tool a caller's text
   * @returns `temporary_resource_unavailable` with `retryAfterMs`, which has been counted; nothing where there is room,
   *   or where no tool of that name needs a place
   */
  refusalFor(tool: string, turn: Turn, door: Door): ServerError | undefined {
    const spec = this.registry.queuedSpec(tool);
    if (spec === undefined) return undefined;
    const refusal = this.executor.refusalFor(turn, operationKind(spec, spec.access));
    if (refusal !== undefined) this.calls.refused(door, refusal);
    return refusal;
  }

  /**
   * Ask `refusalFor` before.
   *
   * @returns nothing where the call is to be served at once
   */
  queue(call: ArrivedCall, listener: QueuedCallListener): QueuedCall | undefined {
    const spec = this.waitingSpec(call.tool);
    if (spec === undefined) return undefined;
    const { turn, requestId, timeoutMs: wishedMs = Number.POSITIVE_INFINITY } = call;
    const timeoutMs = Math.min(this.config.timeout, wishedMs);
    const { name } = spec;
    const { principal, owner } = turn;
    const operation = {
      kind: WAITS_AT_THE_DOOR,
      principal,
      owner,
      name,
      requestId,
      idempotent: true,
      timeoutMs,
    };
    return this.executor.queue(operation, listener);
  }

  /**
   * As `queue`. The call has its place, where it needs to wait for one, when the promise resolves.
   *
   * @throws ServerError why it gets none; what `signal` is aborted with
   */
  waitForPlace(call: ArrivedCall, signal: AbortSignal): Promise<QueuedCall | undefined> | undefined {
    if (!this.executor.isBusy || signal.aborted || this.waitingSpec(call.tool) === undefined)
      return undefined;
    return new Promise((resolve, reject) => {
      const queued = this.queue(call, { admitted: resolve, ended: reject });
      if (queued === undefined) return resolve(undefined);
      signal.addEventListener('abort', () => queued.abort(signal.reason as ServerError), { once: true });
    });
  }

  private waitingSpec(tool: string): ToolSpec<object, object> | undefined {
    const spec = this.executor.isBusy ? this.registry.queuedSpec(tool) : undefined;
    // `access` is the least that a tool needs: its arguments may ask for more, and are not known yet.
    if (spec?.annotations.readOnlyHint !== true) return undefined;
    return operationKind(spec, spec.access) === WAITS_AT_THE_DOOR ? spec : undefined;
  }
}
