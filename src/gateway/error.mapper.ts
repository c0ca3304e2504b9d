import { errorBody } from '../resilience/error-report.js';
import { type ServerError } from '../shared/errors/index.js';

/** The `error` frame. `id` is null where the request could not be told. */
export function errorFrame(id: string | null, error: ServerError): string {
  return JSON.stringify({ type: 'error', id, error: errorBody(error) });
}
