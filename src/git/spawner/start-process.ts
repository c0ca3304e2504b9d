import { type ChildProcess, spawn } from 'node:child_process';
import { type Writable } from 'node:stream';

import { type SpawnRequest } from './spawner.protocol.js';

/**
 * Starts a process that leads a group of its own.
 *
 * @param outputs where its output and its errors go
 * @throws what keeps it from starting, where that is known at once
 */
export function startProcess(
  { program, args, cwd, env, input, answers }: SpawnRequest,
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
  return child;
}

/** What nobody reads is gone with the process; until then the kernel keeps it. */
function leave(descriptor: Writable, answers: string): void {
  descriptor.on('error', () => undefined).end(answers, () => descriptor.destroy());
}
