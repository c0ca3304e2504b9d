import { type ChildProcess, spawn } from 'node:child_process';
import { constants, getPriority, setPriority } from 'node:os';
import { type Writable } from 'node:stream';

import { type SpawnRequest } from './spawner.protocol.js';

/** More than a short read takes, which is to be answered as soon as it can be. */
const LONG_AFTER_MS = 20;
/** A third of the processor where the server and its clients want it as well, and all of it where they do not. */
const LONG_PRIORITY = 5;

/**
 * Starts a process that leads a group of its own.
 *
 * @param outputs where its output and its errors go
 * @throws what keeps it from starting, where that is known at once
 */
export function startProcess(
  { program, args, cwd, env, input, answers, yields = false }: SpawnRequest,
  outputs: readonly ['pipe', 'pipe'] | readonly [number, number] = ['pipe', 'pipe'],
): ChildProcess {
  const child = spawn(program, args, {
    cwd,
    env: { ...env.base, ...env.own },
    detached: true,
    stdio: [input ? 'pipe' : 'ignore', ...outputs, ...(answers === undefined ? [] : ['pipe' as const])],
    windowsHide: true,
  });
  // Without a process there may be no descriptors either.
  if (answers !== undefined && child.pid !== undefined) leave(child.stdio[3] as Writable, answers);
  if (yields) yieldLater(child);
  return child;
}

/** The id is that of the child, and of no other process, until its exit has been told here. */
function yieldLater(child: ChildProcess): void {
  const timer = setTimeout(() => {
    const { pid, exitCode, signalCode } = child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      // Never back up: that would take a privilege.
      setPriority(pid, Math.min(getPriority(pid) + LONG_PRIORITY, constants.priority.PRIORITY_LOW));
    } catch {
      // It goes on as it is.
    }
  }, LONG_AFTER_MS);
  timer.unref();
  const over = () => clearTimeout(timer);
  child.once('exit', over).once('error', over);
}

/** What nobody reads is gone with the process; until then the kernel keeps it. */
function leave(descriptor: Writable, answers: string): void {
  descriptor.on('error', () => undefined).end(answers, () => descriptor.destroy());
}
