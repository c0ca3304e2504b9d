import { type Abortable } from '../shared/abortable.js';
import { type Clock } from '../shared/clock.js';
import { ServerError } from '../shared/errors/index.js';
import { type Operation } from './operation.js';

interface Underway {
  readonly operation: Operation;
  readonly end: Abortable;
  readonly since: number;
}

export interface OperationView {
  readonly id: string;
  readonly kind: string;
  /** Name of the tool; null for what the server runs on its own account. */
  readonly name: string | null;
  readonly owner: string;
  readonly request_id: string | null;
  readonly age_ms: number;
  readonly timeout_ms: number;
}

/** The operations between their beginning and their answer, by a number that operators may end them by. */
export class RunningOperations {
  private readonly all = new Map<string, Underway>();
  private lastId = 0;

  constructor(private readonly clock: Clock) {}

  /** @returns to be called when it is over */
  begin(operation: Operation, end: Abortable): () => void {
    this.lastId += 1;
    const id = String(this.lastId);
    const since = operation.queued?.since ?? this.clock.monotonicMs();
    this.all.set(id, { operation, end, since });
    return () => void this.all.delete(id);
  }

  /** Oldest first. */
  views(): readonly OperationView[] {
    const now = this.clock.monotonicMs();
    return [...this.all].map(([id, { operation, since }]) => ({
      id,
      kind: operation.kind,
      name: operation.name ?? null,
      owner: operation.owner,
      request_id: operation.requestId ?? null,
      age_ms: Math.round(now - since),
      timeout_ms: operation.timeoutMs,
    }));
  }

  /** @returns whether it was under way; its caller is answered with `operation_cancelled` */
  end(id: string): boolean {
    const found = this.all.get(id);
    found?.end.abort(endedByOperator());
    return found !== undefined;
  }

  /** @returns how many there were */
  endAll(): number {
    // What waits at a door goes from this list as it is ended.
    const { size } = this.all;
    for (const { end } of this.all.values()) end.abort(endedByOperator());
    return size;
  }
}

function endedByOperator(): ServerError {
  return new ServerError('operation_cancelled', 'An operator ended the operation');
}
