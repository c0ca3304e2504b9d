import { ServerError } from '../shared/errors/index.js';
import { type Session } from './session.js';

const RETRY_WHEN_BUSY_MS = 250;

/**
 * @param most requests that one connection may have in progress
 * @throws ServerError `forbidden` where the session is paused; `temporary_resource_unavailable` where it has as many
 */
export function requireRoom(session: Session, most: number): void {
  if (session.state.name === 'PAUSED') {
    throw new ServerError('forbidden', 'the session is paused; send session/resume first');
  }
  if (session.activeOperations >= most) {
    const message = 'too many requests of this connection are in progress; wait for one to be answered';
    throw new ServerError('temporary_resource_unavailable', message, { retryAfterMs: RETRY_WHEN_BUSY_MS });
  }
}
