import { setImmediate as nextTurn } from 'node:timers/promises';

import { Injectable } from '@nestjs/common';

import { until } from '../gateway/until.js';
import { OperationExecutor } from '../resilience/operation.executor.js';
import { SessionRegistry } from '../sessions/session.registry.js';
import { CLOSE, type ServerError } from '../shared/errors/index.js';

/** How long each step waits for what it asked to end. */
const PATIENCE_MS = 1_500;
const BATCH = 50;

/** Ends what clients have under way, and their sessions. */
@Injectable()
export class TrafficRecovery {
  constructor(
    private readonly sessions: SessionRegistry,
    private readonly executor: OperationExecutor,
  ) {}

  /** @throws Error where some go on: git is killed after `git.killGrace`, which is longer than this waits */
  async stopOperations(reason: ServerError): Promise<string> {
    const count = Math.max(this.sessions.runningOperations, this.executor.underway.views().length);
    this.sessions.cancelEverything(reason);
    this.executor.underway.endAll();
    const quiet = () => this.sessions.runningOperations === 0 && this.executor.underway.views().length === 0;
    if (await until(quiet, PATIENCE_MS)) return `${count} operations ended`;
    throw new Error(`${this.sessions.runningOperations} of ${count} operations are still ending`);
  }

  async closeSessions(): Promise<string> {
    const all = [...this.sessions.all()];
    for (const [index, session] of all.entries()) {
      this.sessions.close(session, CLOSE.serviceRestart, 'emergency recovery; connect again');
      if (index % BATCH === BATCH - 1) await nextTurn();
    }
    if (await until(() => all.every(({ id }) => this.sessions.get(id) === undefined), PATIENCE_MS)) {
      return `${all.length} sessions closed`;
    }
    const silent = all.filter(({ id }) => this.sessions.get(id) !== undefined);
    for (const session of silent) session.connection.terminate();
    return `${all.length} sessions closed, ${silent.length} of them cut because they did not answer`;
  }
}
