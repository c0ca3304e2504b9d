import {
  PROTOCOL_VERSION_META_KEY,
  type RequestId,
  SERVER_INFO_META_KEY,
} from '@modelcontextprotocol/server';
import { Injectable } from '@nestjs/common';

import { GatewayConfig } from '../../config/sections/index.js';
import { roomRefusal } from '../../sessions/require-room.js';
import { type ServerError } from '../../shared/errors/index.js';
import { CallAdmission } from '../../tools/call.admission.js';
import { CallLog } from '../../tools/call.log.js';
import { ArrivingCalls } from './arriving-calls.service.js';
import { callFailure } from './call-result.js';
import { McpErrors } from './mcp-errors.service.js';
import { type McpPeer, turnOfPeer } from './mcp-peer.js';
import { IDENTITY } from './mcp-server.factory.js';

/** Of 2025-11-25 and before, or of 2026-07-28, where each message says by itself who speaks which version. */
export type Era = 'legacy' | 'modern';

export const MODERN_VERSION = '2026-07-28';

interface Call {
  readonly id: RequestId;
  readonly tool: string;
  readonly era: Era;
}

/**
 * Answers tool calls that would be turned away, for want of a place or since their session has as many under way as it
 * may, before the SDK reads them: what that costs a thousand times a second would be missing for those that are served.
 */
@Injectable()
export class RefusedCalls {
  /** JSON texts of the results, by the refusals that they tell: these are few, and each is given many times. */
  private readonly results: Readonly<Record<Era, WeakMap<ServerError, string>>> = {
    legacy: new WeakMap(),
    modern: new WeakMap(),
  };

  constructor(
    private readonly config: GatewayConfig,
    private readonly admission: CallAdmission,
    private readonly calls: CallLog,
    private readonly errors: McpErrors,
    private readonly arriving: ArrivingCalls,
  ) {}

  /**
   * @param message any JSON
   * @param era that is spoken here; a call of the other one is for the SDK to judge
   * @returns the JSON text that answers it; nothing where the message is to be served
   */
  answer(message: unknown, peer: McpPeer, era: Era): string | undefined {
    const call = callIn(message);
    if (call?.era !== era) return undefined;
    const refusal =
      this.roomRefusal(peer) ?? this.admission.refusalFor(call.tool, turnOfPeer(peer), peer.door);
    if (refusal === undefined) {
      if (peer.session !== undefined) this.arriving.expect(peer.session);
      return undefined;
    }
    if (peer.session !== undefined) peer.session.commandCount += 1;
    const error = this.errors.report(refusal, peer);
    return `{"jsonrpc":"2.0","id":${JSON.stringify(call.id)},"result":${this.resultOf(error, era)}}`;
  }

  private roomRefusal({ session, door }: McpPeer): ServerError | undefined {
    if (session === undefined) return undefined;
    const refusal = roomRefusal(session, this.config.maxConcurrentRequests - this.arriving.of(session));
    if (refusal !== undefined) this.calls.refused(door, refusal);
    return refusal;
  }

  private resultOf(error: ServerError, era: Era): string {
    const known = this.results[era].get(error) ?? JSON.stringify(resultOf(error, era));
    this.results[era].set(error, known);
    return known;
  }
}

/** What the SDK adds to results of the later era is added here. */
function resultOf(error: ServerError, era: Era): object {
  const result = callFailure(error);
  if (era === 'legacy') return result;
  return { ...result, resultType: 'complete', _meta: { ...result._meta, [SERVER_INFO_META_KEY]: IDENTITY } };
}

function callIn(message: unknown): Call | undefined {
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
