import { type INestApplicationContext, Logger } from '@nestjs/common';

import { type Environment } from '../config/environment.js';
import { PROFILE_VARIABLE } from '../config/environment.source.js';
import { MESSAGE_HANDLERS, type MessageHandler } from '../gateway/message-handler.js';
import { LogLevels } from '../observability/log/log-levels.service.js';

const BREAKPOINT_VARIABLE = 'MCP_DEBUG_BREAKPOINT';
const DEBUG_FOR_MS = 600_000;
const INSPECTOR_PORT = 9_229;
const LOOPBACK = '127.0.0.1';

/** SIGUSR2 logs everything for ten minutes, and the next one ends that. */
export function toggleDebugOnSignal(app: INestApplicationContext, signals: NodeJS.EventEmitter): void {
  signals.on('SIGUSR2', () => app.get(LogLevels).toggleDebug(DEBUG_FOR_MS));
}

/**
 * Opens the inspector on loopback and stops at each message of the type that MCP_DEBUG_BREAKPOINT names, once somebody
 * is attached.
 *
 * @throws Error in the production profile, where a stopped server serves nobody; for a type that no message has
 */
export async function armBreakpoint(
  app: INestApplicationContext,
  environment: Environment,
  profile: string | undefined,
): Promise<void> {
  const type = environment[BREAKPOINT_VARIABLE] ?? '';
  if (type === '') return;
  if ((profile ?? environment[PROFILE_VARIABLE]) === 'production') {
    throw new Error(`${BREAKPOINT_VARIABLE} stops the server, which the profile production does not allow`);
  }
  const handlers = app.get<readonly MessageHandler[]>(MESSAGE_HANDLERS, { strict: false });
  const handler = handlers.find((one) => one.type === type);
  if (!handler) {
    throw new Error(
      `${BREAKPOINT_VARIABLE} names no type of message: ${handlers.map((one) => one.type).join(', ')}`,
    );
  }
  const inspector = await import('node:inspector');
  if (inspector.url() === undefined) inspector.open(INSPECTOR_PORT, LOOPBACK);
  stopAt(handler);
  new Logger('Debug').warn('Stops at messages of this type', { type, inspector: inspector.url() });
}

function stopAt(handler: MessageHandler): void {
  const handle = handler.handle.bind(handler);
  const stopping: MessageHandler['handle'] = (session, message) => {
    // Without a debugger attached this does nothing.
    // oxlint-disable-next-line no-debugger
    debugger;
    return handle(session, message);
  };
  Object.defineProperty(handler, 'handle', { value: stopping });
}
