import { type RequestListener, type Server, type ServerResponse } from 'node:http';

import { type INestApplication } from '@nestjs/common';

import { GatewayConfig } from '../config/sections/index.js';
import { McpHttp } from '../mcp/http/mcp-http.service.js';
import { type McpRequest } from '../mcp/http/mcp-request.js';
import { GatewayMetrics } from './gateway.metrics.js';
import { UnusedConnections } from './unused-connections.service.js';
import { McpGitWsAdapter } from './mcp-git-ws.adapter.js';
import { UpgradeGate } from './upgrade.gate.js';

/** Puts the WebSocket edge and /mcp in front of the application. Call before `app.init()` or `app.listen()`. */
export function installGateway(app: INestApplication): void {
  app.useWebSocketAdapter(
    new McpGitWsAdapter(app, {
      gate: app.get(UpgradeGate),
      config: app.get(GatewayConfig),
      metrics: app.get(GatewayMetrics),
    }),
  );
  const mcp = app.get(McpHttp);
  const server = app.getHttpServer() as Server;
  takeTheShortWay(server, mcp);
  app.get(UnusedConnections).watch(server);
  // Every other spelling of the path; before Nest reads bodies, which it would answer for in its own words where they
  // are malformed.
  app.use(mcp.path, (request: McpRequest, response: ServerResponse) => mcp.handle(request, response));
}

/** Around Express, which gives each request another prototype and then looks for its way: a fifth of a quick answer's time. */
function takeTheShortWay(server: Server, mcp: McpHttp): void {
  const [application] = server.listeners('request').slice(-1) as RequestListener[];
  if (application === undefined) return;
  server.off('request', application);
  server.on('request', (request, response) => {
    if (request.url === mcp.path) mcp.handle(request, response);
    else application(request, response);
  });
}
