import { type SessionConnection } from '../session-connection.js';

/** Where a session lives while its client is away. What is meant for the client waits in the outbox. */
export const PARKED: SessionConnection = Object.freeze({
  isOpen: false,
  close() {},
  terminate() {},
  ping() {},
  sendText() {},
  sendBytes() {},
  offerText() {},
});
