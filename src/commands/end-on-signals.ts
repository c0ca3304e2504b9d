import type { Server } from 'node:http';

import { type INestApplication, Logger } from '@nestjs/common';

import { Drain } from '../gateway/drain.service.js';
import { EXIT } from './exit-codes.js';

/** What ends with the server: the real process, or a test's stand-in. */
export interface EndableProcess {
  on(signal: 'SIGTERM' | 'SIGINT', listener: (signal: 'SIGTERM' | 'SIGINT') => void): unknown;
  exit(code: number): void;
}

/** Longer than a child that was killed needs to be reaped; nobody waits for an answer any more. */
const CLOSE_DEADLINE_MS = 10_000;
const HURRIED_CLOSE_DEADLINE_MS = 2_000;

/**
 * The first SIGTERM or SIGINT drains and closes the server and ends the process with 0. The second ends it with
 * 130 or 143 without waiting for operations; their processes are ended all the same.
 */
export function endOnSignals(app: INestApplication, ending: EndableProcess): void {
  let signals = 0;
  const onSignal = (signal: 'SIGTERM' | 'SIGINT'): void => {
    signals += 1;
    if (signals === 1) void endInOrder(app, ending);
    if (signals === 2) void endAtOnce(app, ending, signal);
  };
  ending.on('SIGTERM', onSignal);
  ending.on('SIGINT', onSignal);
}

async function endInOrder(app: INestApplication, ending: EndableProcess): Promise<void> {
  const logger = new Logger('Server');
  logger.log('Signal received, draining');
  try {
    await app.get(Drain).drain();
    const closed = await closeWithin(app, CLOSE_DEADLINE_MS);
    if (!closed)
      logger.error('Closing took too long, ending the process', { deadline_ms: CLOSE_DEADLINE_MS });
    ending.exit(closed ? EXIT.ok : EXIT.failed);
  } catch (err) {
    logger.error('Closing failed', { err });
    ending.exit(EXIT.failed);
  }
}

async function endAtOnce(
  app: INestApplication,
  ending: EndableProcess,
  signal: 'SIGTERM' | 'SIGINT',
): Promise<void> {
  await closeWithin(app, HURRIED_CLOSE_DEADLINE_MS).catch(() => false);
  ending.exit(signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated);
}

async function closeWithin(app: INestApplication, deadlineMs: number): Promise<boolean> {
  // Idle keep-alive connections would hold the close for seconds.
  (app.getHttpServer() as Server).closeIdleConnections();
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, deadlineMs, false);
  });
  const closed = app.close().then(() => true);
  return Promise.race([closed, tooLate]).finally(() => clearTimeout(timer));
}
