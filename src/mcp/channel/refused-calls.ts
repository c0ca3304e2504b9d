import { PROTOCOL_VERSION_META_KEY, type RequestId } from '@modelcontextprotocol/server';

import { type ServerError } from '../../shared/errors/index.js';
import { type CallAdmission } from '../../tools/call.admission.js';
import { callFailure } from '../core/call-result.js';
import { type McpErrors } from '../core/mcp-errors.service.js';
import { type McpPeer, ownerOf } from '../core/mcp-peer.js';

interface Call {
  readonly id: RequestId;
  readonly tool: string;
}

/**
 * Answers tool calls that would be turned away for want of a place before the SDK reads them: what that costs a
 * thousand times a second would be missing for those that are served.
 */
export class RefusedCalls {
  private last: { readonly error: ServerError; readonly result: string } | undefined;

  constructor(
    private readonly admission: CallAdmission,
    private readonly errors: McpErrors,
  ) {}

  /**
   * @param message any JSON
   * @returns the frame that answers it; nothing where the message is to be served
   */
  answer(message: unknown, peer: McpPeer): string | undefined {
    const call = callIn(message);
    if (call === undefined) return undefined;
    const refusal = this.admission.refusalFor(call.tool, ownerOf(peer), peer.door);
    if (refusal === undefined) return undefined;
    if (peer.session !== undefined) peer.session.commandCount += 1;
    const error = this.errors.report(refusal, peer);
    return `{"jsonrpc":"2.0","id":${JSON.stringify(call.id)},"result":${this.resultOf(error)}}`;
  }

  private resultOf(error: ServerError): string {
    if (this.last?.error !== error) this.last = { error, result: JSON.stringify(callFailure(error)) };
    return this.last.result;
  }
}

/** Of the era without envelopes only: what an envelope says is for the SDK to judge. */
function callIn(message: unknown): Call | undefined {
  if (!isRecord(message) || message['jsonrpc'] !== '2.0' || message['method'] !== 'tools/call')
    return undefined;
  const { id, params } = message;
  if (typeof id !== 'string' && !Number.isInteger(id)) return undefined;
  if (!isRecord(params) || typeof params['name'] !== 'string') return undefined;
  const meta = params['_meta'];
  if (isRecord(meta) && Object.hasOwn(meta, PROTOCOL_VERSION_META_KEY)) return undefined;
  return { id: id as RequestId, tool: params['name'] };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
