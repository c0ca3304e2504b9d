import { type ServerResponse } from 'node:http';

import {
  classifyInboundRequest,
  isInitializeRequest,
  isJsonContentType,
  type JSONRPCRequest,
} from '@modelcontextprotocol/server';
import { Injectable, Logger } from '@nestjs/common';

import { type HttpCaller } from '../../auth/http-authentication.service.js';
import { ServerError } from '../../shared/errors/index.js';
import { SessionCredentials } from '../../tools/credentials/session-credentials.service.js';
import { ToolSelections } from '../../tools/selection/tool-selections.service.js';
import { CallDoor } from '../core/call-door.service.js';
import { CANCELLED_BY_CLIENT } from '../core/cancelled-requests.js';
import { answered, type HttpRefusal, refusalOf, refuse, send } from './http-answer.js';
import { HttpEntrance } from './http-entrance.service.js';
import { type HttpSession } from './http-session.js';
import { HttpSessions } from './http-sessions.service.js';
import { type McpRequest } from './mcp-request.js';
import { OnePieceAnswer } from './one-piece-answer.js';
import { cancelledAnswer } from './session.transport.js';
import { OnePieceRequests } from './one-piece-requests.service.js';
import { StatelessHttp } from './stateless-http.service.js';

const METHODS = new Set(['GET', 'POST', 'DELETE']);
/** -32700, -32600 and the SDK's own for what is wrong with the transport. */
const CODE = { parse: -32700, request: -32600, transport: -32000, sessionNotFound: -32001 } as const;

const REFUSALS = {
  method: {
    status: 405,
    code: CODE.transport,
    message: 'Only GET, POST and DELETE are served here',
    headers: { Allow: 'GET, POST, DELETE' },
  },
  mediaType: {
    status: 415,
    code: CODE.transport,
    message: 'Unsupported Media Type: Content-Type must be application/json',
  },
  tooLarge: {
    status: 413,
    code: CODE.transport,
    message: 'The request body is larger than mcp.maxBodyBytes',
    headers: { Connection: 'close' },
  },
  malformed: { status: 400, code: CODE.parse, message: 'Parse error: the request body is not valid JSON' },
  tooDeep: {
    status: 400,
    code: CODE.request,
    message: 'Invalid request: the request body nests deeper than any message does',
  },
  noSession: {
    status: 400,
    code: CODE.transport,
    message: 'Bad Request: send initialize first, then its Mcp-Session-Id with every request',
  },
  unknownSession: {
    status: 404,
    code: CODE.sessionNotFound,
    message: 'Session not found: it has ended or never was; send initialize again',
  },
} as const satisfies Record<string, HttpRefusal>;

/** Streamable HTTP at /mcp: decides who may come in, which era a request belongs to, and who serves it. */
@Injectable()
export class McpHttp {
  readonly path = '/mcp';
  private readonly logger = new Logger('McpHttp');

  constructor(
    private readonly entrance: HttpEntrance,
    private readonly sessions: HttpSessions,
    private readonly stateless: StatelessHttp,
    private readonly onePiece: OnePieceRequests,
    private readonly door: CallDoor,
    private readonly selections: ToolSelections,
    private readonly credentials: SessionCredentials,
  ) {}

  /** Answers the request, whatever happens. Mount it before anything that reads request bodies. */
  handle(request: McpRequest, response: ServerResponse): void {
    void answered(response, this.serve(request, response));
  }

  private async serve(request: McpRequest, response: ServerResponse): Promise<void> {
    if (!METHODS.has(request.method ?? '')) return refuse(response, REFUSALS.method);
    const caller = await this.entrance.admit(request);
    if (caller instanceof Response) return send(response, caller);
    if (caller instanceof ServerError) return refuse(response, refusalOf(caller));
    if (caller.authInfo !== undefined) request.auth = caller.authInfo;
    if (request.method !== 'POST') return this.serveSession(request, response, caller);
    if (!isJsonContentType(request.headers['content-type'])) return refuse(response, REFUSALS.mediaType);
    const body = await this.entrance.read(request);
    if (body.kind === 'too-large') return refuse(response, REFUSALS.tooLarge);
    if (body.kind === 'malformed') return refuse(response, REFUSALS.malformed);
    if (body.kind === 'too-deep') return refuse(response, REFUSALS.tooDeep);
    if (body.kind === 'broken') return void response.destroy();
    const challenge = this.entrance.challenge(body.value, caller);
    if (challenge !== undefined) return send(response, challenge);
    // What is answered in one piece is of the era with sessions: nothing else needs to be found out about it.
    const message = this.onePiece.of(request, body.value);
    if (message === undefined && !isLegacy(request, body.value))
      return this.stateless.serve(request, response, body.value);
    return this.serveSession(request, response, caller, body.value, message);
  }

  private async serveSession(
    request: McpRequest,
    response: ServerResponse,
    caller: HttpCaller,
    body?: unknown,
    message?: JSONRPCRequest,
  ): Promise<void> {
    const found = await this.sessionOf(request, caller, body);
    if ('status' in found) return refuse(response, found, idOf(body));
    const { session } = found;
    this.credentials.assign(session, this.credentials.ofHeaders(request.headers));
    session.messageCount += 1;
    this.sessions.touch(found);
    const used = () => this.sessions.touch(found);
    const serve = () => {
      const isServed = message !== undefined && found.serveInOnePiece(message, request, response, used);
      return isServed ? undefined : found.serve(request, response, body, used);
    };
    // A client that could not read an answer in one piece is told that instead.
    if (this.onePiece.takes(request) && this.isTaken(response, found, body, serve)) return;
    await serve();
  }

  /** Whether there is no place for it, or not yet. */
  private isTaken(
    response: ServerResponse,
    { peer, session }: HttpSession,
    body: unknown,
    serve: () => Promise<void> | undefined,
  ): boolean {
    const answer = new OnePieceAnswer(response, session.id);
    const taken = this.door.take(body, peer, 'legacy', {
      serve: () => answered(response, serve()),
      refuse: (text) => answer.sendWhole(text),
      answer: (text) => {
        if (response.destroyed) return;
        answer.sendWhole(text ?? JSON.stringify(cancelledAnswer(idOf(body) ?? '')));
      },
    });
    if (taken === undefined) return false;
    // What waits has done nothing yet, and whoever does not wait for it may ask again.
    if (taken !== 'refused') response.once('close', () => taken.abort(CANCELLED_BY_CLIENT));
    return true;
  }

  private async sessionOf(
    request: McpRequest,
    { principal }: HttpCaller,
    body: unknown,
  ): Promise<HttpSession | HttpRefusal> {
    const id = request.headers['mcp-session-id'];
    if (typeof id === 'string') return this.sessions.find(id, principal) ?? REFUSALS.unknownSession;
    if (!isInitializeRequest(body)) return REFUSALS.noSession;
    try {
      const selection = this.selections.narrowedByHeaders(request.headers);
      this.credentials.ofHeaders(request.headers); // Wrong ones open no session.
      const opened = await this.sessions.open(principal);
      this.selections.assign(opened.session, selection);
      this.logger.debug('Session opened', { session_id: opened.session.id });
      return opened;
    } catch (thrown) {
      if (thrown instanceof ServerError) return refusalOf(thrown);
      throw thrown;
    }
  }
}

function isLegacy(request: McpRequest, body: unknown): boolean {
  const header = (name: string) => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const protocolVersionHeader = header('mcp-protocol-version');
  const mcpMethodHeader = header('mcp-method');
  const { kind } = classifyInboundRequest({
    httpMethod: request.method ?? 'POST',
    body,
    ...(protocolVersionHeader !== undefined && { protocolVersionHeader }),
    ...(mcpMethodHeader !== undefined && { mcpMethodHeader }),
  });
  return kind === 'legacy';
}

function idOf(body: unknown): string | number | null {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'id')) return null;
  const { id } = body as { id: unknown };
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}
