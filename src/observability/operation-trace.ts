import { AsyncLocalStorage } from 'node:async_hooks';

/** Who answered a tool call: `none` where it was refused before anyone was asked. */
export type AnsweringEngine = 'none' | 'cache' | 'libgit2' | 'git';

/** A call that asks several is counted under the one that costs most. */
const COST: readonly AnsweringEngine[] = ['none', 'cache', 'libgit2', 'git'];

interface OperationTrace {
  engine: AnsweringEngine;
}

const current = new AsyncLocalStorage<OperationTrace>();

/** Runs a tool call so that whatever answers it, however deep, can be told afterwards. */
export function traced<T>(work: (trace: Readonly<OperationTrace>) => Promise<T>): Promise<T> {
  const trace: OperationTrace = { engine: 'none' };
  return current.run(trace, work, trace);
}

/** Notes who answers. Outside a traced call it does nothing. */
export function noteEngine(engine: AnsweringEngine): void {
  const trace = current.getStore();
  if (trace && COST.indexOf(engine) > COST.indexOf(trace.engine)) trace.engine = engine;
}
