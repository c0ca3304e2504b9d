import { type LoggingLevel, type Server, type ServerContext } from '@modelcontextprotocol/server';
import { Injectable } from '@nestjs/common';

import { type McpFeature } from '../core/mcp-feature.js';

const LOGGER = 'mcp-git-server';

/** Least severe first. */
const LEVELS: readonly LoggingLevel[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
];

/** What each client of the 2025-11-25 era asked for; it goes with its server object. */
const levels = new WeakMap<Server, LoggingLevel>();

/** `logging/setLevel` of the 2025-11-25 era; in the era after it each request says what it wants to hear. */
@Injectable()
export class LoggingFeature implements McpFeature {
  install(server: Server): void {
    server.setRequestHandler('logging/setLevel', ({ params: { level } }) => {
      levels.set(server, level);
      return {};
    });
  }
}

/** Tells a client that asked to hear of it. Nothing is sent to one that did not. */
export function logTo(server: Server, { mcpReq }: ServerContext, level: LoggingLevel, data: object): void {
  if (mcpReq.envelope !== undefined) return ignore(mcpReq.log(level, data, LOGGER));
  const least = levels.get(server);
  if (least === undefined || LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
  ignore(
    mcpReq.notify({ method: 'notifications/message', params: { level, data: { ...data }, logger: LOGGER } }),
  );
}

/** A line that no longer reaches anybody is no failure of the call. */
function ignore(sent: Promise<void>): void {
  sent.catch(() => {});
}
