import { type JSONRPCMessage, parseJSONRPCMessage } from '@modelcontextprotocol/server';
import { Injectable } from '@nestjs/common';

import { McpChannels } from '../mcp/channel/mcp-channels.service.js';
import { ChannelTransport } from '../mcp/channel/channel.transport.js';
import { type McpChannel } from '../mcp/channel/mcp.channel.js';
import { type McpPeer } from '../mcp/core/mcp-peer.js';
import { type Session } from '../sessions/session.js';
import { ServerError } from '../shared/errors/index.js';
import { AccessRule, principalOf } from './access.rule.js';
import { ErrorReply } from './error.reply.js';
import { type GatewaySocket } from './gateway-socket.js';
import { GatewayMetrics, type MessageTally } from './gateway.metrics.js';
import { isJsonRpc, jsonRpcIdOf } from './json-rpc.js';
import { RefusedFrames } from './refused-frames.js';

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;

/** Takes the frames that belong to MCP: all of them on a socket of the subprotocol, JSON-RPC messages on any other. */
@Injectable()
export class JsonRpcIntake {
  private readonly tally: MessageTally;

  constructor(
    private readonly access: AccessRule,
    private readonly channels: McpChannels,
    private readonly replies: ErrorReply,
    private readonly refused: RefusedFrames,
    metrics: GatewayMetrics,
  ) {
    this.tally = metrics.tallyOf('jsonrpc');
  }

  /** @returns whether the frame was MCP's; then it has been served or answered */
  take(socket: GatewaySocket, session: Session, text: string): boolean {
    // Most frames of the envelope dialect are told apart without being parsed twice.
    if (!socket.onlyMcp && !text.includes('"jsonrpc"')) return false;
    let plain: unknown;
    try {
      plain = JSON.parse(text);
    } catch {
      if (!socket.onlyMcp) return false;
      this.refuse(socket, session, null, invalid('the frame is not JSON'), PARSE_ERROR);
      return true;
    }
    if (!socket.onlyMcp && !isJsonRpc(plain)) return false;
    this.serve(socket, session, plain);
    return true;
  }

  private serve(socket: GatewaySocket, session: Session, plain: unknown): void {
    if (!this.isTaken(socket, session, plain)) this.pass(socket, session, plain);
  }

  private pass(socket: GatewaySocket, session: Session, plain: unknown): void {
    const id = jsonRpcIdOf(plain);
    const message = messageOf(plain);
    if (message === undefined) {
      return this.refuse(socket, session, id, invalid('the frame is no JSON-RPC message'), INVALID_REQUEST);
    }
    socket.refusedInRow = 0;
    try {
      this.access.check(session, false);
      if (!('method' in message && message.method === 'ping')) session.touch(session.lastHeardAt);
      session.activate();
      this.channelOf(socket, session).receive(message);
      this.tally.ok += 1;
    } catch (thrown) {
      this.tally.error += 1;
      this.replies.sendJsonRpc(session, id, thrown);
    }
  }

  /** Whether there is no place for it, or not yet: found out before anything else is asked. */
  private isTaken(socket: GatewaySocket, session: Session, plain: unknown): boolean {
    const { mcp } = socket;
    const taken = mcp?.take(plain, {
      serve: () => {
        // Where the connection has gone meanwhile, there is nobody to serve.
        if (socket.mcp === mcp) this.pass(socket, session, plain);
        return undefined;
      },
      refuse: (text) => socket.sendRefusal(text),
      answer: (text) => text !== undefined && socket.sendText(text),
    });
    if (taken === undefined) return false;
    session.touch(session.lastHeardAt);
    // Of what waits it is not known yet whether the frame is a valid one.
    if (taken === 'refused') {
      socket.refusedInRow = 0;
      this.tally.ok += 1;
    }
    return true;
  }

  private channelOf(socket: GatewaySocket, session: Session): McpChannel {
    return (socket.mcp ??= this.channels.open(peerOf(session), new ChannelTransport(socket)));
  }

  private refuse(
    socket: GatewaySocket,
    session: Session,
    id: string | number | null,
    error: ServerError,
    code: number,
  ): void {
    this.tally.error += 1;
    this.replies.sendJsonRpc(session, id, error, code);
    this.refused.count(socket, session);
  }
}

function messageOf(plain: unknown): JSONRPCMessage | undefined {
  try {
    return parseJSONRPCMessage(plain);
  } catch {
    return undefined;
  }
}

function invalid(message: string): ServerError {
  return new ServerError('validation_failed', message);
}

/** The session may show a newer token of its principal as it goes. */
function peerOf(session: Session): McpPeer {
  return {
    door: 'mcp-ws',
    session,
    get principal() {
      return principalOf(session);
    },
  };
}
