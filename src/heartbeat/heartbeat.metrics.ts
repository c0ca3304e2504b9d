import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';

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
      new Gauge({
        name: 'mcp_git_heartbeat_timeouts',
        help: 'Sessions closed for silence since the monitor was started',
        registers: [],
        collect() {
          this.set(heartbeat.status().timeouts);
        },
      }),
    );
  }
}
