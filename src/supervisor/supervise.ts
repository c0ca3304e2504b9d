import { Logger } from '@nestjs/common';

import { type AppConfig } from '../config/app.config.js';
import { openLogDestination } from '../observability/log/log-destination.js';
import { PinoLogger } from '../observability/pino.logger.js';
import { systemClock } from '../shared/clock.js';
import { bindSocket } from './listening-socket.js';
import { type ServerExit, SOCKET_DESCRIPTOR } from './server-child.js';
import { Supervisor } from './supervisor.js';

/**
 * Makes this process the supervisor of a server with the same command line. SIGTERM and SIGINT end both, SIGHUP restarts
 * the server; this process ends as the server did.
 *
 * @throws Error with the `code` of the system where the address cannot be had
 */
export async function supervise({ server, recovery, log }: AppConfig): Promise<void> {
  const socket = await bindSocket(server.host, server.port);
  Logger.overrideLogger(new PinoLogger(log, openLogDestination(log), systemClock));
  const [, script = '', ...words] = process.argv;
  const supervisor = new Supervisor({
    words: [script, ...words, '--listen-fd', String(SOCKET_DESCRIPTOR)],
    socket,
    drainTimeoutMs: recovery.drainTimeout,
    clock: systemClock,
    end: endLike,
  });
  process.on('SIGHUP', () => supervisor.restart());
  process.on('SIGUSR2', () => supervisor.passOn('SIGUSR2'));
  process.on('SIGTERM', () => supervisor.endWith('SIGTERM'));
  process.on('SIGINT', () => supervisor.endWith('SIGINT'));
  supervisor.start();
}

function endLike({ code, signal }: ServerExit): void {
  const SIGNAL_BASE = 128;
  process.exit(code ?? SIGNAL_BASE + (signal === 'SIGKILL' ? 9 : 15));
}
