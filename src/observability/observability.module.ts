import { Global, Module } from '@nestjs/common';

import { CLOCK, systemClock } from '../shared/clock.js';
import { Lifecycle } from './lifecycle.service.js';
import { MetricsRegistry } from './metrics.registry.js';
import { ScheduledJobs } from './scheduled-jobs.service.js';

const providers = [{ provide: CLOCK, useValue: systemClock }, Lifecycle, MetricsRegistry, ScheduledJobs];

/** What every module records into: time, phase of life, metrics, scheduled jobs. Global, as logging is. */
@Global()
@Module({ providers, exports: providers })
export class ObservabilityModule {}
