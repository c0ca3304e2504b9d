import type { AddressInfo } from 'node:net';

import { type INestApplication, Logger } from '@nestjs/common';

import type { AppConfig } from '../config/app.config.js';
import { processEnvironment } from '../config/environment.js';
import { createApp } from '../main.js';
import { Lifecycle } from '../observability/lifecycle.service.js';
import { PACKAGE } from '../shared/package-identity.js';
import { supervisor } from '../supervisor/server-side.js';
import type { CommandLine } from './command-line.js';
import { armBreakpoint, toggleDebugOnSignal } from './debugging.js';
import { endOnSignals } from './end-on-signals.js';
import { configOf } from './line-config.js';
import { describeListenFailure } from './listen-failure.js';

/**
 * Starts the server and prints the one line that says where it listens; the process then lives until a signal.
 *
 * @throws ConfigFaults
 * @throws Error where the address cannot be listened on, saying what to do about it
 */
export async function runServe(line: CommandLine): Promise<void> {
  const { config, warnings } = configOf(line);
  if (config.server.supervised && line.listenFd === undefined) return runSupervisor(config);
  const app = await createApp(config);
  const logger = new Logger('Server');
  for (const warning of warnings) logger.warn('Configuration is questionable', { warning });
  const end = endOnSignals(app, process);
  if (supervisor.gone) return app.close();
  supervisor.listen({ drain: () => void end.endInOrder('restart'), orphaned: () => void end.endInOrder() });
  if (supervisor.present) {
    app.get(Lifecycle).restartWith(() => supervisor.tell({ kind: 'restart' }));
  }
  toggleDebugOnSignal(app, process);
  await armBreakpoint(app, processEnvironment(), line.profile);
  const { host, port } = config.server;
  try {
    if (line.listenFd === undefined) await app.listen(port, host);
    else await app.listen({ fd: line.listenFd } as unknown as string);
  } catch (error) {
    await app.close();
    throw new Error(await describeListenFailure(error, host, port), { cause: error });
  }
  // Whoever reads it may be gone (`| head`); the server serves all the same.
  process.stdout.on('error', () => undefined);
  supervisor.tell({ kind: 'ready' });
  process.stdout.write(`mcp-git-server ${PACKAGE.version} listens on ${urlOf(app)}\n`);
}

async function runSupervisor(config: AppConfig): Promise<void> {
  const { supervise } = await import('../supervisor/supervise.js');
  const { host, port } = config.server;
  try {
    await supervise(config);
  } catch (error) {
    throw new Error(await describeListenFailure(error, host, port), { cause: error });
  }
}

function urlOf(app: INestApplication): string {
  const { address, port, family } = app.getHttpServer().address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
