import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';

import { SessionsConfig } from '../config/sections/index.js';
import { SessionRegistry } from '../sessions/session.registry.js';

/** Whether one more client would be served; where idle sessions make room, one always is. */
@Injectable()
export class CapacityHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly sessions: SessionRegistry,
    private readonly config: SessionsConfig,
  ) {}

  isHealthy() {
    const indicator = this.indicators.check('capacity');
    const data = { open: this.sessions.open, max: this.config.max };
    const full = this.config.whenFull === 'refuse' && data.open >= data.max;
    return full ? indicator.down(data) : indicator.up(data);
  }
}
