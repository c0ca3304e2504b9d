import { type ChildProcess } from 'node:child_process';
import { writeSync } from 'node:fs';
import { type Readable } from 'node:stream';

import {
  type OutputRequest,
  pipesOf,
  type SpawnerBase,
  type SpawnerEvent,
  type SpawnerMessage,
  type SpawnerOrder,
  type StreamName,
} from './spawner.protocol.js';
import { startProcess } from './start-process.js';

type StartOrder = Extract<SpawnerOrder, { readonly start: unknown }>;

/**
 * The process that starts git for the server. Starting a process copies the page tables of the one that starts it, which
 * holds up a large server for milliseconds and this one, which has next to nothing in memory, hardly at all.
 */
const children = new Map<number, ChildProcess>();
const bases = new Map<number, SpawnerBase['env']>();
let waiting: SpawnerEvent[] = [];

process.on('message', (order: SpawnerOrder | SpawnerBase) => {
  if ('base' in order) bases.set(order.base, order.env);
  else if ('start' in order) start(order);
  else if ('input' in order) children.get(order.id)?.stdin?.end(order.input);
  else letGo(order.id);
});
// The channel ends with the server, also when that was killed. What writes is ended by the kernel as well.
process.on('disconnect', () => {
  for (const { pid } of children.values()) endGroup(pid);
  process.exit();
});
// A terminal's ^C reaches the whole group; when to end is the server's decision.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
send({ ready: true });

function start({ id, start: { base, own, ...rest }, output }: StartOrder): void {
  let child: ChildProcess;
  writeMarks(output);
  try {
    const env = { base: bases.get(base) ?? {}, own };
    child = startProcess({ ...rest, env }, output && pipesOf(output.lane));
  } catch (error) {
    writeMarks(output);
    return fail(id, error);
  }
  // git that ends before it has read all of its input closes the pipe; its exit code says what happened.
  child.stdin?.on('error', () => undefined);
  if (child.pid === undefined) {
    writeMarks(output);
    return void child.once('error', (error) => fail(id, error));
  }
  children.set(id, child);
  // At once, for it may have to be ended before anything else is told of it.
  send({ events: [{ id, pid: child.pid }] });
  child.on('error', () => undefined);
  forward(id, 'stdout', child.stdout);
  forward(id, 'stderr', child.stderr);
  child.once('exit', (...exit) => {
    writeMarks(output);
    tell({ id, exit });
  });
  child.once('close', (...close) => {
    children.delete(id);
    tell({ id, close });
    // Nothing else is to be told of it.
    if (output !== undefined) flush();
  });
}

/** What the process wrote stands in the pipes between the two marks: it had written all of it when it ended. */
function writeMarks(output: OutputRequest | undefined): void {
  if (output === undefined) return;
  const mark = Buffer.from(output.mark, 'hex');
  for (const pipe of pipesOf(output.lane)) {
    try {
      writeSync(pipe, mark);
    } catch {
      // The server is no more, which is seen to above.
    }
  }
}

function fail(id: number, error: unknown): void {
  const { code, message } = error as NodeJS.ErrnoException;
  tell({ id, failed: { code, message } });
}

/** No faster than the server takes it, so that no output fills the memory here. */
function forward(id: number, stream: StreamName, output: Readable | null): void {
  output?.on('data', (chunk: Buffer) => {
    output.pause();
    tell({ id, stream, chunk });
    flush(() => output.resume());
  });
}

function letGo(id: number): void {
  const child = children.get(id);
  child?.stdout?.destroy();
  child?.stderr?.destroy();
}

/** Most of what happens to a process that lives for a moment happens at once: it is told at once as well. */
function tell(event: SpawnerEvent): void {
  waiting.push(event);
  if (waiting.length === 1) setImmediate(() => flush());
}

function flush(sent?: () => void): void {
  const events = waiting;
  waiting = [];
  if (events.length > 0) send({ events }, sent);
  else sent?.();
}

function send(message: SpawnerMessage, sent?: () => void): void {
  // A channel that has just ended is seen to above.
  process.send?.(message, undefined, undefined, () => sent?.());
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended.
  }
}
