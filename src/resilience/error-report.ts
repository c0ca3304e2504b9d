import { randomUUID } from 'node:crypto';

import { Logger } from '@nestjs/common';

import { ServerError } from '../shared/errors/index.js';
import { classify } from './classify.js';

const logger = new Logger('Errors');

/**
 * The one place where what was thrown becomes what a client may know. What nobody foresaw keeps its text to the log;
 * the client gets an `error_id` to ask the operator about.
 */
export function toServerError(
  thrown: unknown,
  context: { readonly sessionId: string; readonly requestId?: string | number | null },
): ServerError {
  const error = classify(thrown);
  if (error.code !== 'internal_error') return error;
  const errorId = randomUUID();
  logger.error('Request failed for a reason nobody foresaw', {
    error_id: errorId,
    session_id: context.sessionId,
    ...(context.requestId != null && { request_id: context.requestId }),
    code: error.code,
    err: error.cause ?? error,
  });
  return new ServerError(
    'internal_error',
    'the server failed to serve this request; its log tells more under error_id',
    {
      details: { error_id: errorId },
      cause: error,
    },
  );
}

/** What any door tells of an error; over HTTP it is the body's `error`. */
export function errorBody(error: ServerError) {
  return {
    code: error.code,
    message: error.message,
    severity: error.severity,
    recoverable: error.recoverable,
    ...(error.retryAfterMs !== undefined && { retry_after_ms: Math.ceil(error.retryAfterMs) }),
    ...(error.details !== undefined && { details: error.details }),
  };
}
