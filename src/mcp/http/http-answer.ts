import { type ServerResponse } from 'node:http';

import { errorBody, toServerError } from '../../resilience/error-report.js';
import { ERROR_TABLE, type ServerError } from '../../shared/errors/index.js';

/** A request that is answered before any MCP server sees it. */
export interface HttpRefusal {
  readonly status: number;
  /** JSON-RPC error code. */
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @param id of the JSON-RPC request, where it could be told */
export function refuse(
  response: ServerResponse,
  { status, code, message, data, headers = {} }: HttpRefusal,
  id: string | number | null = null,
): void {
  const error = { code, message, ...(data !== undefined && { data }) };
  const body = JSON.stringify({ jsonrpc: '2.0', error, id });
  sendJson(response, status, body, headers);
}

/** @param body JSON text */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

export function refusalOf(error: ServerError): HttpRefusal {
  const { httpStatus, jsonRpcCode } = ERROR_TABLE[error.code];
  const { retryAfterMs } = error;
  return {
    status: httpStatus,
    code: jsonRpcCode,
    message: error.message,
    data: errorBody(error),
    ...(retryAfterMs !== undefined && { headers: { 'Retry-After': `${Math.ceil(retryAfterMs / 1_000)}` } }),
  };
}

/** For answers that the SDK has made and that are complete, such as a challenge. */
export async function send(response: ServerResponse, answer: Response): Promise<void> {
  const body = Buffer.from(await answer.arrayBuffer());
  response.writeHead(answer.status, {
    ...Object.fromEntries(answer.headers),
    'Content-Length': body.length,
  });
  response.end(body);
}

/** Answers the request where serving it fails. */
export function answered(
  response: ServerResponse,
  serving: Promise<void> | undefined,
): Promise<void> | undefined {
  return serving?.catch((thrown: unknown) => {
    const error = toServerError(thrown, { sessionId: 'none' });
    if (response.headersSent) response.destroy();
    else refuse(response, refusalOf(error));
  });
}
