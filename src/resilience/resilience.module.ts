import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

import { BreakerRegistry } from './breaker/breaker.registry.js';
import { BreakersHealthIndicator } from './breaker/breakers.health.js';
import { ErrorAnalyzer } from './error-analyzer.service.js';
import { OperationExecutor } from './operation.executor.js';
import { OperationMetrics } from './operation.metrics.js';

/** Policies over `(signal) => Promise`: deadline, queue, circuit, retry; and what the failures add up to. */
@Module({
  imports: [TerminusModule],
  providers: [BreakerRegistry, BreakersHealthIndicator, ErrorAnalyzer, OperationExecutor, OperationMetrics],
  exports: [BreakerRegistry, BreakersHealthIndicator, ErrorAnalyzer, OperationExecutor],
})
export class ResilienceModule {}
