import { accessSync, chmodSync, constants } from 'node:fs';
import { basename } from 'node:path';

import { ServerError } from '../../shared/errors/index.js';

/**
 * For programs that are shipped with the server: some installers keep no modes.
 *
 * @throws ServerError `operation_failed` with `details: {reason: 'not-executable', program}`
 */
export function ensureExecutable(program: string): void {
  try {
    accessSync(program, constants.X_OK);
  } catch {
    makeExecutable(program);
  }
}

function makeExecutable(program: string): void {
  try {
    chmodSync(program, 0o755);
  } catch {
    const message =
      'A program of the server that git has to run cannot be made executable; an operator has to install the server again';
    const details = { reason: 'not-executable', program: basename(program) };
    throw new ServerError('operation_failed', message, { details });
  }
}
