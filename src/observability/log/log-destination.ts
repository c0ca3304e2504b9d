import { createRequire } from 'node:module';
import { isatty } from 'node:tty';

import { destination } from 'pino';
import type pinoPretty from 'pino-pretty';

import { type LogConfig } from '../../config/sections/index.js';

/** Where finished lines go. Replaced in tests by a list. */
export interface LogDestination {
  write(line: string): void;
  /** Writes what is buffered, blocking. Called at shutdown and after a fatal record. */
  flushSync?(): void;
}

export const LOG_DESTINATION = Symbol('LogDestination');

/** Never standard output: there the stdio door speaks its protocol. */
const STDERR = 2;

/** Lines kept while whoever reads standard error is slow; above it lines are dropped, not the server. */
const MAX_BUFFERED_BYTES = 8 * 2 ** 20;

export function openLogDestination({ format }: LogConfig): LogDestination {
  const terminal = isatty(STDERR);
  if (format === 'pretty' || (format === 'auto' && terminal)) {
    // Loaded where somebody reads along: the others start without it, a fortieth sooner.
    const pretty = createRequire(import.meta.url)('pino-pretty') as typeof pinoPretty;
    return pretty({
      destination: STDERR,
      sync: true,
      colorize: terminal,
      messageKey: 'message',
      timestampKey: 'timestamp',
      translateTime: 'SYS:HH:MM:ss.l',
      messageFormat: '{component}: {message}',
      ignore: 'component',
      singleLine: true,
    });
  }
  return destination({ dest: STDERR, sync: false, maxLength: MAX_BUFFERED_BYTES });
}
