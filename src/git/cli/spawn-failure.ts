import { existsSync } from 'node:fs';

import { ServerError } from '../../shared/errors/index.js';

/** Out of processes, descriptors or memory: a later try may succeed. */
const EXHAUSTED = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** Why no process came to be, as the caller may read it. What is no system error is handed on as it is. */
export function spawnFailure(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof ServerError || typeof code !== 'string') return error;
  const options = { cause: error, details: { reason: code } };
  if (EXHAUSTED.has(code)) {
    const message = 'The server has no room for another process; try again later';
    return new ServerError('temporary_resource_unavailable', message, { ...options, retryAfterMs: 1_000 });
  }
  if (code === 'E2BIG') {
    return new ServerError('operation_failed', 'The request is too long for git; send less at once', options);
  }
  if (code === 'ENOENT' && !existsSync(folder)) {
    return new ServerError('not_a_repository', 'The folder of the repository no longer exists', options);
  }
  return new ServerError(
    'operation_failed',
    'git could not be started; check the setting git.binary',
    options,
  );
}
