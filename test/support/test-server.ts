import { rmSync } from 'node:fs';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type INestApplication, type LoggerService, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';

import { AppConfig } from '../../src/config/app.config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { GatewayModule } from '../../src/gateway/gateway.module.js';
import { installGateway } from '../../src/gateway/install-gateway.js';
import { HeartbeatModule } from '../../src/heartbeat/heartbeat.module.js';
import { HeartbeatMonitor } from '../../src/heartbeat/heartbeat.monitor.js';
import { Lifecycle } from '../../src/observability/lifecycle.service.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import { SessionRegistry } from '../../src/sessions/session.registry.js';
import { type Tool } from '../../src/tools/tool.js';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import { eventually } from './eventually.js';

/** What a test has profiled goes with its server. */
const PROFILES = join(tmpdir(), `mcp-git-test-profiles-${process.pid}`);

/** Any part of the configuration; the rest keeps its defaults. */
export type Settings = { readonly [Section in keyof AppConfig]?: SomeOf<AppConfig[Section]> };
type SomeOf<T> = {
  [Key in keyof T]?: T[Key] extends readonly unknown[]
    ? T[Key]
    : T[Key] extends object
      ? SomeOf<T[Key]>
      : T[Key];
};

export interface TestServerOptions {
  readonly settings?: Settings;
  readonly tools?: readonly Tool[];
  readonly modules?: readonly Type[];
  readonly logger?: LoggerService;
}

/** The gateway with everything beneath it, in this process, on a free port. */
export class TestServer {
  private constructor(
    readonly app: INestApplication,
    /** `ws://127.0.0.1:PORT` */
    readonly url: string,
    private readonly before: ReadonlyMap<string, number>,
  ) {}

  static async start({
    settings = {},
    tools = [],
    modules = [],
    logger,
  }: TestServerOptions = {}): Promise<TestServer> {
    const before = resources();
    const config = configOf(settings);
    class TestModule {}
    Module({
      imports: [
        ScheduleModule.forRoot(),
        ConfigModule.forRoot(config),
        ObservabilityModule,
        HeartbeatModule,
        GatewayModule,
        ...modules,
      ],
    })(TestModule);
    const app = await NestFactory.create(TestModule, { logger: logger ?? false, abortOnError: false });
    installGateway(app);
    for (const tool of tools) app.get(ToolRegistry).register(tool);
    await app.listen(0, '127.0.0.1');
    app.get(Lifecycle).ready();
    const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
    return new TestServer(app, `ws://127.0.0.1:${port}`, before);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get sessions(): SessionRegistry {
    return this.app.get(SessionRegistry);
  }

  /** Stops the server and throws where a timer, a socket or a session outlives it. Close the clients first. */
  async stop(): Promise<void> {
    const jobs = this.app.get(SchedulerRegistry);
    const heartbeat = this.app.get(HeartbeatMonitor);
    const { sessions } = this;
    await this.app.close();
    rmSync(PROFILES, { recursive: true, force: true });
    if (sessions.size > 0) throw new Error(`${sessions.size} sessions outlived the server`);
    if (heartbeat.running) throw new Error('the heartbeat outlived the server');
    if (jobs.getIntervals().length > 0) throw new Error('a scheduled job outlived the server');
    await eventually(() => this.assertNothingLeft());
  }

  private assertNothingLeft(): void {
    for (const [kind, count] of resources()) {
      const had = this.before.get(kind) ?? 0;
      if (count > had) throw new Error(`${count - had} of ${kind} outlived the server`);
    }
  }
}

function configOf(settings: Settings): AppConfig {
  const config = new AppConfig();
  // The usual folder is the operator's.
  config.sessions.store.kind = 'memory';
  config.diagnostics.profileFolder = PROFILES;
  for (const [section, values] of Object.entries(settings)) {
    merge(config[section as keyof AppConfig], values);
  }
  return config;
}

function merge(target: object, values: object): void {
  for (const [key, value] of Object.entries(values)) {
    const current: unknown = Reflect.get(target, key);
    const isSection = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isSection && typeof current === 'object' && current !== null) merge(current, value as object);
    else Reflect.set(target, key, value);
  }
}

function resources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (kind === 'Timeout' || kind.startsWith('TCP')) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}
