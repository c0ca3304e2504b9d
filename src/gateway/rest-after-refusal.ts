import { type Session } from '../sessions/session.js';
import { GatewaySocket } from './gateway-socket.js';

/** A tenth of the shortest wait that a refusal asks for. */
const REST_MS = 10;

/**
 * After a call that was turned away for want of a place its socket is not read for a moment: whoever sends the next ones
 * all the same has them read and refused together. One by one, reading and writing cost several times what refusing does,
 * and all of it is taken from the calls that are served.
 */
export function restAfterRefusal({ connection }: Session): void {
  if (connection instanceof GatewaySocket) connection.rest(REST_MS);
}
