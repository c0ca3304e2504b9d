import { readFileSync } from 'node:fs';

import nodegit from 'nodegit';

import { RepositoryHandles } from './repository-handles.js';
import { Unsuited } from './unsuited.error.js';
import { OPERATIONS, probe } from './worker.operations.js';
import { type WorkerReply, type WorkerRequest } from './worker.protocol.js';

/**
 * The process in which libgit2 runs: one operation at a time, told by the pool through the IPC channel. It holds no
 * lock and writes nothing, so that it may be killed at any moment.
 */
const PAGE_BYTES = 4_096;
/** Measuring takes a tenth of a short operation, and such a one leaves little: it is done now and then. */
const SHORT_MS = 5;
const MEASURED_EVERY = 16;
const handles = new RepositoryHandles();

process.on('message', (request: WorkerRequest) => void serve(request));
// The channel ends with the server, also when that was killed: nobody is left to work for. Not exit(), which would
// wait for a libgit2 call that hangs.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// A terminal's ^C reaches the whole group; when to end is the server's decision.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

// Whose repository it is has been checked against git.roots before it gets here.
await nodegit.Libgit2.opts(nodegit.Libgit2.OPT['SET_OWNER_VALIDATION'] ?? 0, 0);
process.send?.({ ready: true });

async function serve(request: WorkerRequest): Promise<void> {
  const { id } = request;
  const start = performance.now();
  const outcome = await perform(request).then(
    (answer) => ({ answer }),
    // What libgit2 refuses, git is asked about: it may know better, and its refusal has a code that we can tell.
    (error: unknown) => ({ unsuited: error instanceof Unsuited ? error.reason : 'libgit2-error' }),
  );
  const isShort = performance.now() - start < SHORT_MS;
  const measured = isShort && id % MEASURED_EVERY !== 0 ? {} : { memoryBytes: memoryBytes() };
  const reply: WorkerReply = { id, ...outcome, ...measured, openedAt: handles.openedAt };
  process.send?.(reply);
}

async function perform({ operation, place, args }: WorkerRequest): Promise<unknown> {
  if (operation === 'probe' || place === null) return probe();
  const handle = await handles.get(place);
  const run = OPERATIONS[operation] as (handle: unknown, args: unknown) => Promise<unknown>;
  return run(handle, args);
}

/** Memory of this process alone; what it has mapped of packs belongs to the kernel. */
function memoryBytes(): number {
  try {
    const [, resident = '0', shared = '0'] = readFileSync('/proc/self/statm', 'latin1').split(' ');
    return (Number(resident) - Number(shared)) * PAGE_BYTES;
  } catch {
    return process.memoryUsage.rss();
  }
}
