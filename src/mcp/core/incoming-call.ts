import { PROTOCOL_VERSION_META_KEY, type RequestId } from '@modelcontextprotocol/server';

/** Of 2025-11-25 and before, or of 2026-07-28, where each message says by itself who speaks which version. */
export type Era = 'legacy' | 'modern';

export const MODERN_VERSION = '2026-07-28';

/** What a door reads of a `tools/call`. */
export interface IncomingCall {
  readonly id: RequestId;
  readonly tool: string;
  readonly era: Era;
}

/** @returns nothing for any other message, and for one that the SDK would not serve */
export function callIn(message: unknown): IncomingCall | undefined {
  if (!isRecord(message) || message['jsonrpc'] !== '2.0' || message['method'] !== 'tools/call')
    return undefined;
  const { id, params } = message;
  if (typeof id !== 'string' && !Number.isInteger(id)) return undefined;
  if (!isRecord(params) || typeof params['name'] !== 'string') return undefined;
  const era = eraOf(params['_meta']);
  return era && { id: id as RequestId, tool: params['name'], era };
}

/** @returns nothing for a version that is not known */
function eraOf(meta: unknown): Era | undefined {
  if (!isRecord(meta) || !Object.hasOwn(meta, PROTOCOL_VERSION_META_KEY)) return 'legacy';
  return meta[PROTOCOL_VERSION_META_KEY] === MODERN_VERSION ? 'modern' : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
