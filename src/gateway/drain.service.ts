import { setImmediate as nextTurn } from 'node:timers/promises';

import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';

import { GatewayConfig, ServerConfig } from '../config/sections/index.js';
import { Lifecycle } from '../observability/lifecycle.service.js';
import { SessionRegistry } from '../sessions/session.registry.js';
import { CLOSE, ServerError } from '../shared/errors/index.js';
import { speaksOnlyMcp } from './gateway-socket.js';
import { until } from './until.js';

/** Sockets closed in one turn of the event loop, so that a thousand goodbyes do not hold up the answers. */
const BATCH = 50;

/** Ends all sessions in good order: nothing new, what runs may finish, then everyone is told to go. */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Drain.name);
  private underway: Promise<void> | undefined;

  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly sessions: SessionRegistry,
    private readonly server: ServerConfig,
    private readonly gateway: GatewayConfig,
  ) {}

  beforeApplicationShutdown(): Promise<void> {
    return this.drain();
  }

  /**
   * Refuses new sockets and tool calls, waits up to `server.drainTimeout` for running operations, cancels the rest,
   * and closes every socket with 1001; one that does not answer within `gateway.closeTimeout` is cut.
   *
   * @returns settled when no session is left; a second call joins the first
   */
  drain(): Promise<void> {
    this.underway ??= this.run();
    return this.underway;
  }

  private async run(): Promise<void> {
    this.lifecycle.drain();
    this.announce();
    if (!(await this.isQuiet(this.server.drainTimeout))) await this.cancel();
    await this.closeAll();
    if (!(await until(() => this.sessions.size === 0, this.gateway.closeTimeout))) this.cutAll();
    await until(() => this.sessions.size === 0, this.gateway.closeTimeout);
  }

  /** Only to clients that have spoken: the server never speaks first. */
  private announce(): void {
    const deadline = this.server.drainTimeout;
    const frame = JSON.stringify({ type: 'server/draining', deadline_ms: deadline, resume: false });
    for (const session of this.sessions.all()) {
      if (session.messageCount > 0 && !speaksOnlyMcp(session)) session.connection.sendText(frame);
    }
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

  private async closeAll(): Promise<void> {
    let closed = 0;
    for (const session of this.sessions.all()) {
      this.sessions.close(session, CLOSE.goingAway, 'the server goes away');
      closed += 1;
      if (closed % BATCH === 0) await nextTurn();
    }
  }

  private cutAll(): void {
    for (const session of this.sessions.all()) session.connection.terminate();
  }
}
