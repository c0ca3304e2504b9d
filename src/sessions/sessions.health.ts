import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';

import { HealthConfig, SessionsConfig } from '../config/sections/index.js';
import { SessionRegistry } from './session.registry.js';

/** Degraded near the limit of sessions: an operator should raise it, or add a server, before clients notice. */
@Injectable()
export class SessionsHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly sessions: SessionRegistry,
    private readonly config: SessionsConfig,
    private readonly health: HealthConfig,
  ) {}

  isHealthy() {
    const check = this.indicators.check('sessions');
    const { CREATED, ACTIVE, PAUSED, ERROR } = this.sessions.counts;
    const data = {
      open: this.sessions.open,
      max: this.config.max,
      active: CREATED + ACTIVE,
      paused: PAUSED,
      error: ERROR,
      parked: this.sessions.parked,
      operations: this.sessions.runningOperations,
    };
    const nearLimit = data.open >= this.config.max * this.health.sessionsDegradedRatio;
    return nearLimit ? check.degraded({ ...data, reason: 'near sessions.max' }) : check.up(data);
  }
}
