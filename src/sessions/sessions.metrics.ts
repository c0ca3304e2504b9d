import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';

import { MetricsRegistry } from '../observability/metrics.registry.js';
import { SESSION_STATES } from './session-state.js';
import { SessionRegistry } from './session.registry.js';

/** Read from the registry when scraped, so that sessions pay nothing for being counted. */
@Injectable()
export class SessionsMetrics {
  constructor(metrics: MetricsRegistry, sessions: SessionRegistry) {
    metrics.registerMetric(
      new Gauge({
        name: 'mcp_git_sessions',
        help: 'Sessions by state',
        labelNames: ['state'],
        registers: [],
        collect() {
          for (const state of SESSION_STATES) {
            if (state !== 'CLOSED') this.set({ state }, sessions.counts[state]);
          }
        },
      }),
    );
    metrics.gauge(
      'mcp_git_sessions_parked',
      'Sessions that wait for their client to come back',
      () => sessions.parked,
    );
    metrics.registerMetric(
      new Counter({
        name: 'mcp_git_sessions_closed_total',
        help: 'Sessions that have ended',
        registers: [],
        collect() {
          this.reset();
          this.inc(sessions.counts.CLOSED);
        },
      }),
    );
    metrics.registerMetric(
      new Gauge({
        name: 'mcp_git_session_operations',
        help: 'Requests of sessions that are running',
        registers: [],
        collect() {
          this.set(sessions.runningOperations);
        },
      }),
    );
  }
}
