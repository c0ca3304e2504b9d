import { type Abortable } from '../shared/abortable.js';
import { type Clock } from '../shared/clock.js';
import { ServerError } from '../shared/errors/index.js';
import { type Operation } from './operation.js';

/** Linked to its neighbours: a map that calls come into and go from makes tables in V8's old generation all the time. */
interface Underway {
  readonly id: number;
  readonly operation: Operation;
  readonly end: Abortable;
  readonly since: number;
  older: Underway | undefined;
  newer: Underway | undefined;
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
  private oldest: Underway | undefined;
  private newest: Underway | undefined;
  private lastId = 0;

  constructor(private readonly clock: Clock) {}

  /** @returns to be called when it is over; nothing from the second time on */
  begin(operation: Operation, end: Abortable): () => void {
    this.lastId += 1;
    const since = operation.queued?.since ?? this.clock.monotonicMs();
    const older = this.newest;
    const entry: Underway = { id: this.lastId, operation, end, since, older, newer: undefined };
    if (older === undefined) this.oldest = entry;
    else older.newer = entry;
    this.newest = entry;
    return () => this.remove(entry);
  }

  /** Oldest first. */
  views(): readonly OperationView[] {
    const now = this.clock.monotonicMs();
    return this.all().map(({ id, operation, since }) => ({
      id: String(id),
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
    const found = this.all().find((entry) => String(entry.id) === id);
    found?.end.abort(endedByOperator());
    return found !== undefined;
  }

  /** @returns how many there were */
  endAll(): number {
    // What waits at a door goes from here as it is ended.
    const all = this.all();
    for (const { end } of all) end.abort(endedByOperator());
    return all.length;
  }

  private all(): readonly Underway[] {
    const all: Underway[] = [];
    for (let entry = this.oldest; entry !== undefined; entry = entry.newer) all.push(entry);
    return all;
  }

  private remove(entry: Underway): void {
    const { older, newer } = entry;
    if (older === undefined && this.oldest !== entry) return; // Not in the list.
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.newest = older;
    else newer.older = older;
    entry.older = undefined;
    entry.newer = undefined;
  }
}

function endedByOperator(): ServerError {
  return new ServerError('operation_cancelled', 'An operator ended the operation');
}
