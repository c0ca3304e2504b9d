// The gateway with everything beneath it, compiled, in a process of its own. Settings come as JSON in argv[2].
import 'reflect-metadata';

import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';

import { AppConfig } from '../../dist/config/app.config.js';
import { ConfigModule } from '../../dist/config/config.module.js';
import { GatewayModule } from '../../dist/gateway/gateway.module.js';
import { installGateway } from '../../dist/gateway/install-gateway.js';
import { HeartbeatModule } from '../../dist/heartbeat/heartbeat.module.js';
import { ObservabilityModule } from '../../dist/observability/observability.module.js';
import { serveMeasures } from './measures.mjs';

const config = new AppConfig();
for (const [section, values] of Object.entries(JSON.parse(process.argv[2] ?? '{}'))) {
  Object.assign(config[section], values);
}

class BenchModule {}
Module({
  imports: [
    ScheduleModule.forRoot(),
    ConfigModule.forRoot(config),
    ObservabilityModule,
    HeartbeatModule,
    GatewayModule,
  ],
})(BenchModule);

const app = await NestFactory.create(BenchModule, { logger: ['error'] });
installGateway(app);
await app.listen(0, '127.0.0.1');
serveMeasures();
process.send({ port: app.getHttpServer().address().port });
