import { type CallToolResult, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';

import { errorBody } from '../../resilience/error-report.js';
import { ERROR_TABLE, type ServerError } from '../../shared/errors/index.js';
import { markedAsData } from '../../tools/answers/data-marks.js';
import { type CallTrace } from '../../tools/slow-operations.service.js';
import { type CallOutcome } from '../../tools/tool.caller.js';

/** Keys of `_meta` that are this server's own. */
export const META = {
  error: 'mcp-git-server/error',
  warnings: 'mcp-git-server/warnings',
  /** Of a request: true; of its result: where its time went. */
  trace: 'mcp-git-server/trace',
} as const;

/** @param trace where the caller has asked for it */
export function callResult({ answer, warnings, isData }: CallOutcome, trace?: CallTrace): CallToolResult {
  const meta = {
    ...(warnings.length > 0 && { [META.warnings]: warnings }),
    ...(trace !== undefined && { [META.trace]: trace }),
  };
  return {
    content: [{ type: 'text', text: isData ? markedAsData(answer.text) : answer.text }],
    structuredContent: answer.structured as Record<string, unknown>,
    ...(Object.keys(meta).length > 0 && { _meta: meta }),
  };
}

/**
 * A failed call is a result that the model may read and mend. What an agent branches on stands in the text as JSON, and
 * in `_meta` for programs; not in `structuredContent`, which must fit the tool's output schema.
 */
export function callFailure(error: ServerError): CallToolResult {
  const body = errorBody(error);
  return {
    isError: true,
    content: [{ type: 'text', text: `${error.message}\n${JSON.stringify({ error: body })}` }],
    _meta: { [META.error]: body },
  };
}

/** For failures that are no tool's result. What programs branch on stands in `data`. */
export function protocolError(error: ServerError): ProtocolError {
  return new ProtocolError(codeOf(error), error.message, errorBody(error));
}

function codeOf({ code }: ServerError): ProtocolErrorCode {
  return code === 'unknown_tool'
    ? ProtocolErrorCode.InvalidParams
    : (ERROR_TABLE[code].jsonRpcCode as ProtocolErrorCode);
}
