import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';

import { ResourcesConfig } from '../config/sections/index.js';
import { MetricsRegistry } from '../observability/metrics.registry.js';
import { ScheduledJobs } from '../observability/scheduled-jobs.service.js';
import { type SweepReport } from '../resources/resource.js';
import { ResourceLedger } from '../resources/resource.ledger.js';

/** Releases on schedule what is too old and belongs to nobody, and shows to Prometheus what is in use. */
@Injectable()
export class ResourceSweepJob implements OnApplicationBootstrap {
  constructor(
    private readonly resources: ResourceLedger,
    private readonly config: ResourcesConfig,
    private readonly jobs: ScheduledJobs,
    metrics: MetricsRegistry,
  ) {
    const help = 'What is acquired and has to be given back, by type';
    metrics.gauges('mcp_git_resources', help, 'type', () => Object.entries(resources.counts()));
  }

  onApplicationBootstrap(): void {
    this.jobs.every('resources.sweep', this.config.sweepInterval, async () => void (await this.sweep()));
  }

  sweep(): Promise<SweepReport> {
    return this.resources.sweep(this.config.maxAge);
  }
}
