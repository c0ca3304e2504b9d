import { Global, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

import { LogConfig } from '../config/sections/index.js';
import { CLOCK, systemClock } from '../shared/clock.js';
import { EventLoopMonitor } from './event-loop.monitor.js';
import { EventLoopHealthIndicator } from './health/event-loop.health.js';
import { MemoryHealthIndicator } from './health/memory.health.js';
import { ScheduledJobsHealthIndicator } from './health/scheduled-jobs.health.js';
import { Lifecycle } from './lifecycle.service.js';
import { LOG_DESTINATION, openLogDestination } from './log/log-destination.js';
import { LogLevels } from './log/log-levels.service.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsRegistry } from './metrics.registry.js';
import { PinoLogger } from './pino.logger.js';
import { ProcessMetrics } from './process.metrics.js';
import { ScheduledJobs } from './scheduled-jobs.service.js';

const recorders = [
  { provide: CLOCK, useValue: systemClock },
  Lifecycle,
  LogLevels,
  MetricsRegistry,
  PinoLogger,
  ScheduledJobs,
];
const indicators = [EventLoopHealthIndicator, MemoryHealthIndicator, ScheduledJobsHealthIndicator];

/** What every module records into: time, phase of life, logs, metrics, scheduled jobs. Global, as logging is. */
@Global()
@Module({
  imports: [TerminusModule],
  controllers: [MetricsController],
  providers: [
    ...recorders,
    ...indicators,
    { provide: LOG_DESTINATION, useFactory: openLogDestination, inject: [LogConfig] },
    EventLoopMonitor,
    ProcessMetrics,
  ],
  exports: [...recorders, ...indicators, EventLoopMonitor],
})
export class ObservabilityModule {}
