import { type IncomingMessage, type ServerResponse } from 'node:http';

import { type Principal } from '../../shared/principal.js';

/** A request to /admin; `principal` once the guard has let it in. */
export interface AdminRequest extends IncomingMessage {
  principal?: Principal;
  readonly originalUrl: string;
}

export type AdminResponse = ServerResponse & {
  status(code: number): AdminResponse;
  json(body: unknown): unknown;
};
