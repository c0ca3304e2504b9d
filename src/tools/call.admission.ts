import { Injectable } from '@nestjs/common';

import { OperationExecutor } from '../resilience/operation.executor.js';
import { type Turn } from '../resilience/turn.js';
import { type ServerError } from '../shared/errors/index.js';
import { CallLog, type Door } from './call.log.js';
import { ToolRegistry } from './tool.registry.js';
import { operationKind } from './tool.runner.js';

/** Turns calls away before anything is done for them, where they would be turned away in the end. */
@Injectable()
export class CallAdmission {
  constructor(
    private readonly registry: ToolRegistry,
    private readonly executor: OperationExecutor,
    private readonly calls: CallLog,
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
}
