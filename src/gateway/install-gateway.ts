import { type ServerResponse } from 'node:http';

import { type INestApplication } from '@nestjs/common';

import { GatewayConfig } from '../config/sections/index.js';
import { McpHttp } from '../mcp/http/mcp-http.service.js';
import { type McpRequest } from '../mcp/http/mcp-request.js';
import { GatewayMetrics } from './gateway.metrics.js';
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
  // Before Nest reads bodies, which it would answer for in its own words where they are malformed.
  app.use(mcp.path, (request: McpRequest, response: ServerResponse) => mcp.handle(request, response));
}
