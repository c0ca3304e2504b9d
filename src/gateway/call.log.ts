import { Logger } from '@nestjs/common';

import { classify } from '../resilience/classify.js';
import { type Session } from '../sessions/session.js';
import { type ToolsCallMessage } from './messages/tools.dto.js';

const logger = new Logger('ToolCalls');

/** One line for each tool call, with what finds it again. An unknown tool's name is a caller's text and left out. */
export function logCall(
  session: Session,
  { id, params }: ToolsCallMessage,
  durationMs: number,
  failure: unknown,
): void {
  const code = failure === undefined ? undefined : classify(failure).code;
  logger.log(code === undefined ? 'Tool call served' : 'Tool call failed', {
    session_id: session.id,
    request_id: id,
    ...(code !== 'unknown_tool' && { tool: params.name }),
    duration_ms: Math.round(durationMs),
    ...(code !== undefined && { code }),
  });
}
