import { Console } from 'node:console';

import { Logger } from '@nestjs/common';

import { createPortlessApp } from '../main.js';
import { StdioDoor } from '../mcp/stdio/stdio.door.js';
import type { CommandLine } from './command-line.js';
import { endOnSignals } from './end-on-signals.js';
import { configOf } from './line-config.js';

/**
 * Speaks MCP on standard input and output until the input ends or a signal comes, then ends the process. No port is
 * opened; logs go to standard error.
 *
 * @throws ConfigFaults
 */
export async function runStdio(line: CommandLine): Promise<void> {
  // Whatever a library may want to print: standard output belongs to the protocol.
  globalThis.console = new Console(process.stderr);
  const { config, warnings } = configOf(line);
  const app = await createPortlessApp(config);
  const logger = new Logger('Server');
  for (const warning of warnings) logger.warn('Configuration is questionable', { warning });
  const end = endOnSignals(app, process);
  await app.get(StdioDoor).serve(process.stdin, process.stdout);
  await end.endInOrder();
}
