import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';

import { HeartbeatMonitor } from './heartbeat.monitor.js';

/** Down where nobody looks for dead peers: their sessions would stay until the idle sweep. */
@Injectable()
export class HeartbeatHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly heartbeat: HeartbeatMonitor,
  ) {}

  isHealthy() {
    const check = this.indicators.check('heartbeat');
    const { running, sessions, timeouts, intervalMs } = this.heartbeat.status();
    return running
      ? check.up({ sessions, timeouts, intervalMs })
      : check.down({ reason: 'the heartbeat monitor is not running', sessions });
  }
}
