import { Cancellation } from '../../shared/cancellation.js';
import { ServerError } from '../../shared/errors/index.js';

/** Of a call that waits: whoever cancels it over a connection that stays wants to hear no more of it. Made once. */
export const CANCELLED_BY_CLIENT = cancelled();

export function cancelled(): ServerError {
  return new ServerError('operation_cancelled', 'the client cancelled the request');
}

/**
 * @param client the SDK's, whose reason is text of the client's or an error of the SDK's: thrown by what it ends, it
 *   would be taken for a fault of the server
 * @returns a signal that ends with it, and says so in our words
 */
export function cancelledWith(client: AbortSignal): AbortSignal {
  const controller = new Cancellation();
  const cancel = () => controller.abort(cancelled());
  if (client.aborted) cancel();
  else client.addEventListener('abort', cancel, { once: true });
  return controller.signal;
}
