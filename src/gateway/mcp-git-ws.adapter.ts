import { type IncomingMessage, type Server } from 'node:http';
import { type Duplex } from 'node:stream';

import { type INestApplication, Logger } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { type Server as ServerOf, type ServerOptions, WebSocketServer } from 'ws';

import { type GatewayConfig } from '../config/sections/index.js';
import { ServerError } from '../shared/errors/index.js';
import { GatewaySocket, MCP_SUBPROTOCOL } from './gateway-socket.js';
import { type GatewayMetrics } from './gateway.metrics.js';
import { asksForOtherProtocol, PlainRequests } from './plain-request.js';
import { UpgradeRefused, refuseUpgrade } from './upgrade-refusal.js';
import { type Admission, isWebSocketPath, type UpgradeGate } from './upgrade.gate.js';

/** Chunks of one message that may wait for the rest of it: 1 MiB in packets of 64 bytes, as RFC 6455 allows them. */
const MAX_BUFFERED_CHUNKS = 20_000;

export interface AdapterParts {
  readonly gate: UpgradeGate;
  readonly config: GatewayConfig;
  readonly metrics: GatewayMetrics;
}

/**
 * Nest's adapter, but for three things: it answers refused upgrades in HTTP instead of hanging up, its sockets
 * have the limits of this server, and frames go to the gateway without a stream of observables between them.
 */
export class McpGitWsAdapter extends WsAdapter {
  private readonly log = new Logger(McpGitWsAdapter.name);
  private readonly http: Server;
  private readonly plain: PlainRequests;
  private detach: () => void = () => {};

  constructor(
    app: INestApplication,
    private readonly parts: AdapterParts,
  ) {
    super(app);
    this.http = app.getHttpServer() as Server;
    this.plain = new PlainRequests(this.http);
  }

  override create(): WebSocketServer {
    const server = new WebSocketServer<typeof GatewaySocket>(optionsOf(this.parts.config));
    const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.upgrade(server, request, socket, head);
    server.on('wsClientError', (error, socket) => this.refuse(socket, malformed(error)));
    server.on('error', (error) => this.log.error('WebSocket server failed', { err: error }));
    this.http.on('upgrade', upgrade);
    this.detach = () => this.http.off('upgrade', upgrade);
    return server as unknown as WebSocketServer;
  }

  /** Nothing to bind: the gateway listens to its sockets itself. */
  override bindMessageHandlers(): void {}

  override async dispose(): Promise<void> {
    this.detach();
    this.plain.dispose();
    await super.dispose();
  }

  private upgrade(
    server: ServerOf<typeof GatewaySocket>,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ) {
    if (asksForOtherProtocol(request) && !isWebSocketPath(request.url)) {
      return this.plain.serve(request, socket, head);
    }
    // A peer that resets the connection before it is a WebSocket must not end the process.
    const ignore = () => socket.destroy();
    socket.on('error', ignore);
    const complete = (admission: Admission) =>
      server.handleUpgrade(request, socket, head, (client) => {
        socket.off('error', ignore);
        server.emit('connection', client, request, admission);
      });
    const refuse = (error: unknown) =>
      this.refuse(socket, error instanceof UpgradeRefused ? error : failed(error));
    try {
      const admission = this.parts.gate.admit(request);
      if (admission instanceof Promise) admission.then(complete).catch(refuse);
      else complete(admission);
    } catch (error) {
      refuse(error);
    }
  }

  private refuse(socket: Duplex, refusal: UpgradeRefused): void {
    this.parts.metrics.upgradeRefused(refusal.status);
    refuseUpgrade(socket, refusal);
  }
}

function optionsOf(config: GatewayConfig): ServerOptions<typeof GatewaySocket> & { closeTimeout: number } {
  return {
    noServer: true,
    WebSocket: GatewaySocket,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    skipUTF8Validation: false,
    maxPayload: config.maxPayloadBytes,
    maxFragments: config.maxFragments,
    maxBufferedChunks: MAX_BUFFERED_CHUNKS,
    closeTimeout: config.closeTimeout,
    // The envelope dialect has no subprotocol, so unknown ones are passed over, as RFC 6455 has it.
    handleProtocols: (offered) => offered.has(MCP_SUBPROTOCOL) && MCP_SUBPROTOCOL,
  };
}

function malformed(error: Error): UpgradeRefused {
  const headers = { 'Sec-WebSocket-Version': '13, 8' };
  return new UpgradeRefused(
    400,
    new ServerError('protocol_violation', `not a WebSocket upgrade: ${error.message}`),
    headers,
  );
}

function failed(cause: unknown): UpgradeRefused {
  return new UpgradeRefused(500, new ServerError('internal_error', 'the upgrade failed', { cause }));
}
