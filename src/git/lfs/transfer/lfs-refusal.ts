import { type IncomingMessage } from 'node:http';

import { ServerError } from '../../../shared/errors/index.js';
import { refused } from '../../refusal.js';

const MAX_RETRY_MS = 600_000;
const USUAL_RETRY_MS = 5_000;

/**
 * What a status of HTTP means that is not 2xx. What the host says beside it is not shown: it is anybody's text.
 *
 * @param answer its body is thrown away
 */
export function lfsRefusal(answer: IncomingMessage): ServerError {
  const { statusCode: status = 0, headers } = answer;
  answer.destroy();
  if (status === 401 || status === 403) {
    return failed(
      'authentication',
      'The LFS server refused the credentials, or wants some and has none',
      status,
    );
  }
  if (status === 404 || status === 410) {
    return failed('not-found', 'The LFS server does not have it, or it may not be seen', status);
  }
  if (status >= 300 && status < 400) {
    const message =
      'The host leads elsewhere, which is not followed; set the remote to the URL that it leads to';
    return failed('redirect', message, status);
  }
  if (status === 429 || status >= 500) {
    const message =
      status === 429
        ? 'The LFS server wants to be asked more slowly; try again later'
        : 'The LFS server cannot answer just now; try again later';
    return new ServerError('temporary_resource_unavailable', message, {
      retryAfterMs: retryAfterMs(headers['retry-after']),
      details: { reason: status === 429 ? 'rate-limited' : 'unreachable', status },
    });
  }
  return failed('refused', 'The LFS server refused the request', status);
}

/** Seconds as the host has them; a date is not read. */
function retryAfterMs(header: string | undefined): number {
  const seconds = Number(header ?? Number.NaN);
  return seconds > 0 ? Math.min(seconds * 1_000, MAX_RETRY_MS) : USUAL_RETRY_MS;
}

function failed(reason: string, message: string, status: number): ServerError {
  return refused(reason, message, { status });
}
