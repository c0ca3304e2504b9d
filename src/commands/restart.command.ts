import { setTimeout as pause } from 'node:timers/promises';

import { systemClock } from '../shared/clock.js';
import { RuntimeFile, type SupervisorStatus } from '../supervisor/runtime-file.js';
import type { CommandLine } from './command-line.js';
import { configOf } from './line-config.js';

const LOOK_EVERY_MS = 100;
/** What a restart takes beside the wait for running operations. */
const BESIDE_DRAIN_MS = 60_000;

/**
 * Restarts the server of the configured port on this machine, waits for the next one, and says which process it is.
 *
 * @throws ConfigFaults
 * @throws Error where there is no supervised server of this user, or the next one is not ready in time
 */
export async function runRestart(line: CommandLine): Promise<void> {
  const { config } = configOf(line);
  const { port } = config.server;
  const runtime = new RuntimeFile(port);
  const before = runtime.read();
  if (before === undefined) {
    throw new Error(
      `no supervised server of this user serves port ${port}; name it with --port, or send SIGHUP to its process`,
    );
  }
  if (before.phase !== 'ready')
    throw new Error(`the server of port ${port} is ${before.phase}; try again when it is ready`);
  const begunAt = systemClock.monotonicMs();
  process.kill(before.pid, 'SIGHUP');
  const after = await nextServer(runtime, before, begunAt + config.recovery.drainTimeout + BESIDE_DRAIN_MS);
  const seconds = ((systemClock.monotonicMs() - begunAt) / 1_000).toFixed(1);
  process.stdout.write(`restarted in ${seconds} s: process ${before.server} is now ${after.server}\n`);
}

async function nextServer(
  runtime: RuntimeFile,
  before: SupervisorStatus,
  until: number,
): Promise<SupervisorStatus> {
  while (systemClock.monotonicMs() < until) {
    const status = runtime.read();
    if (status === undefined) throw new Error('the server has ended; its log says why');
    if (status.phase === 'ready' && status.restarts > before.restarts) return status;
    await pause(LOOK_EVERY_MS);
  }
  throw new Error('the server has not come back in time; its log says what it does');
}
