import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';

import { HealthConfig } from '../../config/sections/index.js';

/** Of this process; the workers of the git engine are replaced when they grow too large. */
@Injectable()
export class MemoryHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly config: HealthConfig,
  ) {}

  isHealthy() {
    const indicator = this.indicators.check('memory');
    const data = { rss_bytes: process.memoryUsage.rss(), max_rss_bytes: this.config.maxRssBytes };
    return data.rss_bytes > data.max_rss_bytes ? indicator.degraded(data) : indicator.up(data);
  }
}
