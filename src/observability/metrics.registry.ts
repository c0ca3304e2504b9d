import { Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';

/**
 * One registry per application, so that several may live in one process. Each module defines its own metrics
 * on it (`registers: [registry]`), named `mcp_git_*` with base units; labels are bounded: never a session, a
 * path or a principal.
 */
@Injectable()
export class MetricsRegistry extends Registry {
  /** A gauge whose value is read when it is scraped: nothing is counted twice, nothing can drift. */
  gauge(name: string, help: string, read: () => number): void {
    const gauge = new Gauge({
      name,
      help,
      registers: [],
      collect() {
        this.set(read());
      },
    });
    this.registerMetric(gauge);
  }

  /** The same, one value for each value of a bounded label. */
  gauges(name: string, help: string, label: string, read: () => Iterable<readonly [string, number]>): void {
    const gauge = new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [],
      collect() {
        this.reset();
        for (const [of, value] of read()) this.set({ [label]: of }, value);
      },
    });
    this.registerMetric(gauge);
  }
}
