import { type Server } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { AppConfig } from '../config/app.config.js';
import { type GatewayConfig, type RecoveryConfig, type ServerConfig } from '../config/sections/index.js';
import { Lifecycle } from '../observability/lifecycle.service.js';
import { Continuities } from '../sessions/resume/continuities.service.js';
import { SessionRegistry } from '../sessions/session.registry.js';
import { CLOSE, ServerError } from '../shared/errors/index.js';
import { speaksOnlyMcp } from './gateway-socket.js';
import { UnusedConnections } from './unused-connections.service.js';
import { until } from './until.js';

/** Sockets closed in one turn of the event loop, so that a thousand goodbyes do not hold up the answers. */
const BATCH = 50;
/** Who is told to come back is told when: the next process is not to be met by everybody at once. */
const RETURNS_PER_SECOND = 100;
const LONGEST_ABSENCE_MS = 3_500;

interface Goodbye {
  readonly code: number;
  readonly reason: string;
}

const GOODBYE: Readonly<Record<'stop' | 'restart', Goodbye>> = {
  stop: { code: CLOSE.goingAway, reason: 'the server goes away' },
  restart: { code: CLOSE.serviceRestart, reason: 'the server restarts' },
};

/** Ends all sessions in good order: nothing new, what runs may finish, then everyone is told to go. */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Drain.name);
  private readonly server: ServerConfig;
  private readonly recovery: RecoveryConfig;
  private readonly gateway: GatewayConfig;
  private underway: Promise<void> | undefined;

  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly sessions: SessionRegistry,
    private readonly continuities: Continuities,
    private readonly http: HttpAdapterHost,
    private readonly unused: UnusedConnections,
    { server, recovery, gateway }: AppConfig,
  ) {
    this.server = server;
    this.recovery = recovery;
    this.gateway = gateway;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.drain('stop');
    this.unused.close();
  }

  /**
   * Refuses new sockets and tool calls, waits for running operations up to `server.drainTimeout`, or
   * `recovery.drainTimeout` before a restart, cancels the rest, and closes every socket with 1001, or 1012; one that does
   * not answer within `gateway.closeTimeout` is cut. Sessions that can be resumed in the next process are stored.
   *
   * @returns settled when no session is left; a second call joins the first
   */
  drain(before: 'stop' | 'restart' = 'stop'): Promise<void> {
    const { drainTimeout } = before === 'restart' ? this.recovery : this.server;
    this.underway ??= this.run(drainTimeout, GOODBYE[before]);
    return this.underway;
  }

  private async run(timeoutMs: number, goodbye: Goodbye): Promise<void> {
    this.lifecycle.drain();
    this.announce(timeoutMs, goodbye === GOODBYE.restart);
    if (!(await this.isQuiet(timeoutMs))) await this.cancel();
    // Whoever is told to come back then waits for the next process, and is not turned away by this one.
    if (goodbye === GOODBYE.restart) this.stopAccepting();
    await this.closeAll(goodbye);
    if (!(await until(() => this.sessions.size === 0, this.gateway.closeTimeout))) this.cutAll();
    await until(() => this.sessions.size === 0, this.gateway.closeTimeout);
  }

  /** Only to clients that have spoken: the server never speaks first. */
  private announce(timeoutMs: number, isRestart: boolean): void {
    const told = [...this.sessions.all()].filter((one) => one.messageCount > 0 && !speaksOnlyMcp(one));
    const apartMs = Math.min(1_000 / RETURNS_PER_SECOND, LONGEST_ABSENCE_MS / told.length);
    for (const [index, session] of told.entries()) {
      const resume = this.continuities.survives(session);
      const retry = resume && isRestart ? { retry_after_ms: Math.round(index * apartMs) } : {};
      const frame = { type: 'server/draining', deadline_ms: timeoutMs, resume, ...retry };
      session.connection.sendText(JSON.stringify(frame));
    }
  }

  private stopAccepting(): void {
    const server = this.http.httpAdapter.getHttpServer() as Server;
    if (server.listening) server.close();
  }

  private isQuiet(timeoutMs: number): Promise<boolean> {
    return until(() => this.sessions.runningOperations === 0, timeoutMs);
  }

  private async cancel(): Promise<void> {
    this.logger.warn('Running operations cancelled', { count: this.sessions.runningOperations });
    this.sessions.cancelEverything(
      new ServerError('operation_cancelled', 'the server is going away and could wait no longer'),
    );
    await this.isQuiet(this.gateway.closeTimeout);
  }

  private async closeAll({ code, reason }: Goodbye): Promise<void> {
    let closed = 0;
    for (const session of this.sessions.all()) {
      this.continuities.keep(session);
      this.sessions.close(session, code, reason);
      closed += 1;
      if (closed % BATCH === 0) await nextTurn();
    }
  }

  private cutAll(): void {
    for (const session of this.sessions.all()) session.connection.terminate();
  }
}
