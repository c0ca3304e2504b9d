import { Injectable } from '@nestjs/common';
import { Histogram, type MetricObjectWithValues, type MetricValueWithName } from 'prom-client';

import { DiagnosticsConfig } from '../../config/sections/index.js';
import { MetricsRegistry } from '../../observability/metrics.registry.js';
import { type Check } from '../check.js';
import { type Judgement, ok, warning } from '../finding.js';
import { bucketQuantile } from '../bucket-quantile.js';

const METRIC = 'mcp_git_operation_duration_seconds';

interface ToolLatency {
  readonly tool: string;
  readonly calls: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
}

@Injectable()
export class ToolLatencyCheck implements Check {
  readonly id = 'latency.tools';
  readonly section = 'latency';
  readonly guide = 'High Latency';
  readonly looksAt = 'how long calls of each tool took since the start: p50, p95, p99';

  constructor(
    private readonly metrics: MetricsRegistry,
    private readonly config: DiagnosticsConfig,
  ) {}

  async judge(): Promise<Judgement> {
    const tools = await this.latencies();
    const limitMs = this.config.slowOperation;
    const slow = tools.filter(({ p95_ms }) => p95_ms > limitMs);
    const figures = { limit_ms: limitMs, tools: tools.map((tool) => ({ ...tool })) };
    if (slow.length === 0)
      return ok(`the p95 of all ${tools.length} tools used is within ${limitMs} ms`, figures);
    const said = slow.map(({ tool, p95_ms }) => `${tool} ${Math.round(p95_ms)} ms`).join(', ');
    return warning(`the p95 is above ${limitMs} ms: ${said}`, figures, {
      cause: 'large repositories, a busy machine, or a slow remote; slow operations below tell which part',
      cures: [
        { what: 'see where the time of slow calls went', command: 'mcp-git-server doctor --only latency' },
        { what: 'find what keeps the processor busy', command: 'mcp-git-server profile cpu' },
      ],
    });
  }

  private async latencies(): Promise<readonly ToolLatency[]> {
    const metric = this.metrics.getSingleMetric(METRIC);
    if (!(metric instanceof Histogram)) return [];
    const { values } = (await metric.get()) as MetricObjectWithValues<MetricValueWithName<string>>;
    const byTool = new Map<string, MetricValueWithName<string>[]>();
    for (const value of values) {
      const tool = String(value.labels['tool']);
      byTool.set(tool, [...(byTool.get(tool) ?? []), value]);
    }
    return [...byTool].map(([tool, own]) => latencyOf(tool, own));
  }
}

function latencyOf(tool: string, values: readonly MetricValueWithName<string>[]): ToolLatency {
  const buckets = new Map<number, number>();
  for (const { labels, value, metricName } of values) {
    if (!metricName?.endsWith('_bucket')) continue;
    const bound = labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le']);
    buckets.set(bound, (buckets.get(bound) ?? 0) + value);
  }
  const ms = (share: number) => Math.round(bucketQuantile(buckets, share) * 10_000) / 10;
  return {
    tool,
    calls: buckets.get(Number.POSITIVE_INFINITY) ?? 0,
    p50_ms: ms(0.5),
    p95_ms: ms(0.95),
    p99_ms: ms(0.99),
  };
}
