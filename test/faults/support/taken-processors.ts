import { processorSeconds } from './server-memory.js';

/** Processor seconds in a second. */
export interface TakenProcessors {
  readonly clients: number;
  /** Its own process, without those of git. */
  readonly server: number;
}

/** @returns what the work came to, and what processes took of the processors meanwhile */
export async function taking<T>(
  clients: readonly { readonly pid: number }[],
  server: { readonly pid: number },
  work: () => Promise<T>,
): Promise<[T, TakenProcessors]> {
  const used = () => ({
    clients: clients.reduce((sum, { pid }) => sum + processorSeconds(pid), 0),
    server: processorSeconds(server.pid),
  });
  const [before, begunAt] = [used(), performance.now()];
  const result = await work();
  const [after, seconds] = [used(), (performance.now() - begunAt) / 1_000];
  const each = (one: keyof TakenProcessors) => (after[one] - before[one]) / seconds;
  return [result, { clients: each('clients'), server: each('server') }];
}
