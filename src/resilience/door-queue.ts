import { type Clock } from '../shared/clock.js';
import { type ServerError } from '../shared/errors/index.js';
import { type BreakerRegistry } from './breaker/breaker.registry.js';
import { type Bulkhead } from './bulkhead.js';
import { type IdleGate } from './idle-gate.js';
import { type Operation } from './operation.js';
import { type Line, QueuedCall, type QueuedCallListener } from './queued-call.js';
import { type RunningOperations } from './running-operations.js';

export interface DoorQueueParts {
  readonly bulkhead: Bulkhead;
  readonly breakers: BreakerRegistry;
  readonly underway: RunningOperations;
  readonly gate: IdleGate;
  readonly clock: Clock;
  readonly rejected: (kind: string, error: ServerError) => void;
}

/** Calls that wait at the doors, in the same line and the same turns as operations that wait. */
export class DoorQueue implements Line {
  readonly clock: Clock;

  constructor(private readonly parts: DoorQueueParts) {
    this.clock = parts.clock;
  }

  /**
   * @param arriving how many others are on their way to a place
   * @returns nothing where there is a place, or where waiting would be in vain: who asks is served, or refused, inside
   */
  wait(operation: Operation, arriving: number, listener: QueuedCallListener): QueuedCall | undefined {
    const { bulkhead, breakers, underway, gate } = this.parts;
    if (!bulkhead.isBusy(arriving) || !breakers.get(operation.kind).admits) return undefined;
    if (bulkhead.refusalFor(operation, 0) !== undefined) return undefined;
    const call = new QueuedCall(operation, this, listener);
    bulkhead.enqueue(operation, call);
    call.ends = { over: underway.begin(operation, call), leave: gate.enter() };
    return call;
  }

  leave(call: QueuedCall): void {
    this.parts.bulkhead.leave(call.operation, call);
  }

  waited(call: QueuedCall, error?: ServerError): void {
    call.ends?.over();
    if (error !== undefined) this.parts.rejected(call.operation.kind, error);
  }

  closed(call: QueuedCall): void {
    call.ends?.leave();
    call.ends = undefined;
  }
}
