import { type INestApplication } from '@nestjs/common';

import { GatewayConfig } from '../config/sections/index.js';
import { GatewayMetrics } from './gateway.metrics.js';
import { McpGitWsAdapter } from './mcp-git-ws.adapter.js';
import { UpgradeGate } from './upgrade.gate.js';

/** Puts the WebSocket edge in front of the application. Call before `app.init()` or `app.listen()`. */
export function installGateway(app: INestApplication): void {
  app.useWebSocketAdapter(
    new McpGitWsAdapter(app, {
      gate: app.get(UpgradeGate),
      config: app.get(GatewayConfig),
      metrics: app.get(GatewayMetrics),
    }),
  );
}
