import { ServerError } from '../shared/errors/index.js';
import { type Session } from './session.js';

const RETRY_WHEN_BUSY_MS = 250;

/** Made once: in a flood of calls, making an error costs more than sending it. */
const PAUSED = new ServerError('forbidden', 'the session is paused; send session/resume first');
const BUSY = new ServerError(
  'temporary_resource_unavailable',
  'too many requests of this connection are in progress; wait for one to be answered',
  { retryAfterMs: RETRY_WHEN_BUSY_MS },
);

/**
 * @param most requests that one connection may have in progress
 * @returns `forbidden` where the session is paused; `temporary_resource_unavailable` where it has as many
 */
export function roomRefusal(session: Session, most: number): ServerError | undefined {
  if (session.state.name === 'PAUSED') return PAUSED;
  return session.activeOperations >= most ? BUSY : undefined;
}

/** @throws ServerError as `roomRefusal` */
export function requireRoom(session: Session, most: number): void {
  const refusal = roomRefusal(session, most);
  if (refusal !== undefined) throw refusal;
}
