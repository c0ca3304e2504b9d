import { Global, Module } from '@nestjs/common';

import { LogConfig } from '../config/sections/index.js';
import { CLOCK, systemClock } from '../shared/clock.js';
import { Lifecycle } from './lifecycle.service.js';
import { LOG_DESTINATION, openLogDestination } from './log/log-destination.js';
import { MetricsRegistry } from './metrics.registry.js';
import { PinoLogger } from './pino.logger.js';
import { ScheduledJobs } from './scheduled-jobs.service.js';

const shared = [
  { provide: CLOCK, useValue: systemClock },
  Lifecycle,
  MetricsRegistry,
  PinoLogger,
  ScheduledJobs,
];

/** What every module records into: time, phase of life, logs, metrics, scheduled jobs. Global, as logging is. */
@Global()
@Module({
  providers: [...shared, { provide: LOG_DESTINATION, useFactory: openLogDestination, inject: [LogConfig] }],
  exports: shared,
})
export class ObservabilityModule {}
