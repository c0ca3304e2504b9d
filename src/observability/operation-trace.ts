import { AsyncLocalStorage } from 'node:async_hooks';

/** Who answered a tool call: `none` where it was refused before anyone was asked. */
export type AnsweringEngine = 'none' | 'cache' | 'objects' | 'libgit2' | 'git';

/** Where the time of a call goes. Engines may work side by side, so that `engine` may exceed the whole. */
export type TracePart = 'queue' | 'lock' | 'engine' | 'encode';

/** A call that asks several is counted under the one that costs most. */
const COST: readonly AnsweringEngine[] = ['none', 'cache', 'objects', 'libgit2', 'git'];

export interface OperationTrace {
  engine: AnsweringEngine;
  /** Whose call it is: a session's id. */
  readonly owner: string | undefined;
  /** Milliseconds. */
  readonly parts: Record<TracePart, number>;
}

const current = new AsyncLocalStorage<OperationTrace>();

/** Runs a tool call so that what answers it, however deep, and how long that took, can be told afterwards. */
export function traced<T>(work: (trace: OperationTrace) => Promise<T>, owner?: string): Promise<T> {
  // One call has one trace: who measures within it adds to what is there.
  const outer = current.getStore();
  if (outer) return work(outer);
  const trace: OperationTrace = {
    engine: 'none',
    owner,
    parts: { queue: 0, lock: 0, engine: 0, encode: 0 },
  };
  return current.run(trace, work, trace);
}

/** Notes who answers. Outside a traced call it does nothing. */
export function noteEngine(engine: AnsweringEngine): void {
  const trace = current.getStore();
  if (trace && COST.indexOf(engine) > COST.indexOf(trace.engine)) trace.engine = engine;
}

/** Adds time to a part. Outside a traced call it does nothing. */
export function notePart(part: TracePart, ms: number): void {
  const trace = current.getStore();
  if (trace) trace.parts[part] += ms;
}

/** Whose call is running; undefined for what the server does on its own account. */
export function tracedOwner(): string | undefined {
  return current.getStore()?.owner;
}
