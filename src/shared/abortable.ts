import { type ServerError } from './errors/index.js';

/** What can be ended early; an `AbortController` is one. Ending it twice changes nothing. */
export interface Abortable {
  abort(reason: ServerError): void;
}
