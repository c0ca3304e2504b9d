import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';

import { Lifecycle } from '../observability/lifecycle.service.js';

/** Never cached: a server that was asked to stop is out of service with the next probe. */
@Injectable()
export class LifecycleHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly lifecycle: Lifecycle,
  ) {}

  get isReady(): boolean {
    return this.lifecycle.phase === 'ready';
  }

  /** Down while the server starts and while it drains. */
  isHealthy() {
    const indicator = this.indicators.check('lifecycle');
    const { phase } = this.lifecycle;
    return this.isReady ? indicator.up({ phase }) : indicator.down({ phase });
  }

  /** Down only while the server starts. */
  hasStarted() {
    const indicator = this.indicators.check('lifecycle');
    const { phase } = this.lifecycle;
    return phase === 'starting' ? indicator.down({ phase }) : indicator.up({ phase });
  }
}
