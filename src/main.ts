import type { Server } from 'node:http';

import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';

import { AppModule } from './app.module.js';
import { AppConfig } from './config/app.config.js';
import { SessionsConfig } from './config/sections/index.js';
import { installGateway } from './gateway/install-gateway.js';
import { openLogDestination } from './observability/log/log-destination.js';
import { PinoLogger } from './observability/pino.logger.js';
import { systemClock } from './shared/clock.js';

const LATE_HEADERS_CHECKED_MS = 1_000;

/** The whole server, not yet listening. Whoever creates it closes it. */
export async function createApp(config: AppConfig): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config), optionsOf(config));
  app.useLogger(app.get(PinoLogger));
  app.disable('x-powered-by');
  installGateway(app);
  const server: Server = app.getHttpServer();
  server.headersTimeout = config.server.headersTimeout;
  // Node looks for late headers every 30 s by itself, which would be the time limit.
  Object.assign(server, { connectionsCheckingInterval: LATE_HEADERS_CHECKED_MS });
  server.maxConnections = config.server.maxConnections;
  return app;
}

/** The same without a port: nothing listens, and whoever holds it speaks for the one client. */
export async function createPortlessApp(config: AppConfig): Promise<INestApplicationContext> {
  const app = await NestFactory.createApplicationContext(
    AppModule.forRoot(withoutStore(config)),
    optionsOf(config),
  );
  app.useLogger(app.get(PinoLogger));
  return app;
}

// Its one client cannot come back, and the folder may belong to a server that runs beside it.
function withoutStore(config: AppConfig): AppConfig {
  const store = { kind: 'memory', path: '' } as const;
  const sessions = Object.assign(new SessionsConfig(), config.sessions, { store });
  return Object.assign(new AppConfig(), config, { sessions });
}

// Nest's own logger would write to standard output, and in another form, what happens before ours is injected.
function optionsOf({ log }: AppConfig) {
  return { logger: new PinoLogger(log, openLogDestination(log), systemClock), abortOnError: false };
}
