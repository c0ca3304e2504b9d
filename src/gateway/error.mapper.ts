import { errorBody } from '../resilience/error-report.js';
import { ERROR_TABLE, type ServerError } from '../shared/errors/index.js';

/** The `error` frame. `id` is null where the request could not be told. */
export function errorFrame(id: string | null, error: ServerError): string {
  return JSON.stringify({ type: 'error', id, error: errorBody(error) });
}

/** The same in the words of JSON-RPC. */
export function jsonRpcErrorFrame(
  id: string | number | null,
  error: ServerError,
  code: number = ERROR_TABLE[error.code].jsonRpcCode,
): string {
  const body = { code, message: error.message, data: errorBody(error) };
  return JSON.stringify({ jsonrpc: '2.0', id, error: body });
}
