import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';

import { MetricsRegistry } from '../observability/metrics.registry.js';
import { HeartbeatMonitor } from './heartbeat.monitor.js';

@Injectable()
export class HeartbeatMetrics {
  constructor(metrics: MetricsRegistry, heartbeat: HeartbeatMonitor) {
    metrics.registerMetric(
      new Gauge({
        name: 'mcp_git_heartbeat_sessions',
        help: 'Sessions whose signs of life are watched',
        registers: [],
        collect() {
          this.set(heartbeat.status().sessions);
        },
      }),
    );
    metrics.registerMetric(
      new Counter({
        name: 'mcp_git_heartbeat_timeouts_total',
        help: 'Sessions closed for silence; begins anew where the monitor does',
        registers: [],
        collect() {
          this.reset();
          this.inc(heartbeat.status().timeouts);
        },
      }),
    );
  }
}
