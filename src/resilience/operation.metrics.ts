import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';

import { MetricsRegistry } from '../observability/metrics.registry.js';

/** The queue's own view of operations; how long a tool takes is measured by the tools. */
@Injectable()
export class OperationMetrics {
  private readonly waited: Histogram<'kind'>;
  private readonly retries: Counter<'kind'>;
  private readonly rejections: Counter<'reason'>;
  /** By reason; in an overload most operations are rejected. */
  private readonly rejectedFor = new Map<string, Counter.Internal>();

  constructor(private readonly registry: MetricsRegistry) {
    const registers = [registry];
    this.waited = new Histogram({
      name: 'mcp_git_operation_wait_seconds',
      help: 'How long an operation waited for a place to run',
      labelNames: ['kind'],
      buckets: [0.001, 0.01, 0.1, 0.5, 1, 5, 15, 60],
      registers,
    });
    this.retries = new Counter({
      name: 'mcp_git_operation_retries_total',
      help: 'Attempts of operations after the first',
      labelNames: ['kind'],
      registers,
    });
    this.rejections = new Counter({
      name: 'mcp_git_operations_rejected_total',
      help: 'Operations that were turned away without being run',
      labelNames: ['reason'],
      registers,
    });
  }

  /** Gauges read these when scraped, so that nothing is counted twice. */
  observe(running: () => number, queued: () => number): void {
    this.registry.gauge('mcp_git_operations_running', 'Operations that run', running);
    this.registry.gauge('mcp_git_operations_queued', 'Operations that wait for a place to run', queued);
  }

  waitedFor(kind: string, ms: number): void {
    this.waited.observe({ kind }, ms / 1_000);
  }

  retried(kind: string): void {
    this.retries.inc({ kind });
  }

  /** @param reason an error code: bounded */
  rejected(reason: string): void {
    const known = this.rejectedFor.get(reason) ?? this.rejections.labels(reason);
    this.rejectedFor.set(reason, known);
    known.inc();
  }
}
