import type { AddressInfo } from 'node:net';

import { type INestApplication, Logger } from '@nestjs/common';

import { processEnvironment } from '../config/environment.js';
import { loadConfig } from '../config/load-config.js';
import { createApp } from '../main.js';
import { PACKAGE } from '../shared/package-identity.js';
import type { CommandLine } from './command-line.js';
import { armBreakpoint, toggleDebugOnSignal } from './debugging.js';
import { endOnSignals } from './end-on-signals.js';
import { describeListenFailure } from './listen-failure.js';

/**
 * Starts the server and prints the one line that says where it listens; the process then lives until a signal.
 *
 * @throws ConfigFaults
 * @throws Error where the address cannot be listened on, saying what to do about it
 */
export async function runServe({ settings, profile, file }: CommandLine): Promise<void> {
  const { config, warnings } = loadConfig({
    environment: processEnvironment(),
    flags: settings,
    ...(profile !== undefined && { profile }),
    ...(file !== undefined && { file }),
  });
  const app = await createApp(config);
  const logger = new Logger('Server');
  for (const warning of warnings) logger.warn('Configuration is questionable', { warning });
  endOnSignals(app, process);
  toggleDebugOnSignal(app, process);
  await armBreakpoint(app, processEnvironment(), profile);
  const { host, port } = config.server;
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    throw new Error(await describeListenFailure(error, host, port), { cause: error });
  }
  // Whoever reads it may be gone (`| head`); the server serves all the same.
  process.stdout.on('error', () => undefined);
  process.stdout.write(`mcp-git-server ${PACKAGE.version} listens on ${urlOf(app)}\n`);
}

function urlOf(app: INestApplication): string {
  const { address, port, family } = app.getHttpServer().address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
