import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Injectable } from '@nestjs/common';

import { errorBody, toServerError } from '../../resilience/error-report.js';
import { ERROR_TABLE, ServerError } from '../../shared/errors/index.js';
import { AdminAudit } from './admin.audit.js';
import { type AdminRequest, type AdminResponse } from './admin.request.js';

const NOT_FOUND = 404;
const CONFLICT = 409;

/** Answers what was thrown as the other doors do: `{error: {code, message, …}}` with the status of the table. */
@Catch()
@Injectable()
export class AdminFilter implements ExceptionFilter {
  constructor(private readonly audit: AdminAudit) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const error = toServerError(plain(thrown), { sessionId: 'admin' });
    this.audit.end(http.getRequest<AdminRequest>(), error.code);
    const response = http.getResponse<AdminResponse>();
    if (response.headersSent) return void response.destroy();
    if (error.code === 'authentication_failed')
      response.setHeader('WWW-Authenticate', 'Bearer scope="admin"');
    if (error.retryAfterMs !== undefined)
      response.setHeader('Retry-After', Math.ceil(error.retryAfterMs / 1_000));
    response.status(statusOf(error)).json({ error: errorBody(error) });
  }
}

/** What does not exist, or cannot be done as this server is run, is the caller's mistake, not the server's failure. */
function statusOf({ code, details }: ServerError): number {
  const reason = String((details as { reason?: unknown } | undefined)?.reason);
  if (reason.startsWith('unknown-')) return NOT_FOUND;
  return reason === 'not-supervised' ? CONFLICT : ERROR_TABLE[code].httpStatus;
}

function plain(thrown: unknown): unknown {
  if (!(thrown instanceof HttpException) || thrown.getStatus() >= 500) return thrown;
  return new ServerError(
    'validation_failed',
    'the request cannot be understood; /admin/openapi.json describes it',
  );
}
