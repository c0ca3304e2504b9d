import { Inject, Injectable } from '@nestjs/common';
import { Histogram } from 'prom-client';

import { MetricsRegistry } from '../observability/metrics.registry.js';
import { traced } from '../observability/operation-trace.js';
import { classify } from '../resilience/classify.js';
import { CLOCK, type Clock } from '../shared/clock.js';

/** Seconds: from an answer out of a cache to the deadline of a clone. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** How long calls of each tool take, waiting included, who answers them and how they end. */
@Injectable()
export class ToolMetrics {
  private readonly durations: Histogram<'tool' | 'engine' | 'outcome'>;

  constructor(
    registry: MetricsRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.durations = new Histogram({
      name: 'mcp_git_operation_duration_seconds',
      help: 'Time from the start of a tool call to its answer, by tool, engine and outcome (ok or an error code)',
      labelNames: ['tool', 'engine', 'outcome'],
      buckets: BUCKETS,
      registers: [registry],
    });
  }

  /**
   * @param startedAt in monotonic milliseconds
   * @throws ServerError what the work throws, classified
   */
  measure<T>(tool: string, work: () => Promise<T>, startedAt = this.clock.monotonicMs()): Promise<T> {
    return traced(async (trace) => {
      let outcome = 'ok';
      try {
        return await work();
      } catch (thrown) {
        const error = classify(thrown);
        outcome = error.code;
        throw error;
      } finally {
        const seconds = (this.clock.monotonicMs() - startedAt) / 1_000;
        this.durations.observe({ tool, engine: trace.engine, outcome }, seconds);
      }
    });
  }
}
