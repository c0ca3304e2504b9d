import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';

import { HealthConfig } from '../../config/sections/index.js';
import { EventLoopMonitor } from '../event-loop.monitor.js';

@Injectable()
export class EventLoopHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly monitor: EventLoopMonitor,
    private readonly config: HealthConfig,
  ) {}

  isHealthy() {
    const indicator = this.indicators.check('event_loop');
    const data = { p99_ms: Math.round(this.monitor.p99Ms * 10) / 10, max_ms: this.config.maxEventLoopDelay };
    return data.p99_ms > data.max_ms ? indicator.degraded(data) : indicator.up(data);
  }
}
