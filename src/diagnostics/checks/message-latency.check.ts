import { Injectable } from '@nestjs/common';

import { GatewayMetrics } from '../../gateway/gateway.metrics.js';
import { type Check } from '../check.js';
import { type Judgement, ok, warning } from '../finding.js';

/** Messages that are answered from memory; calls of tools are judged by tool. */
const LIMIT_MS = 200;
const LONG_BY_NATURE = new Set(['tools/call']);

@Injectable()
export class MessageLatencyCheck implements Check {
  readonly id = 'latency.messages';
  readonly section = 'latency';
  readonly guide = 'High Latency';
  readonly looksAt = 'how long messages of each type took since the start: p50, p95, p99';

  constructor(private readonly metrics: GatewayMetrics) {}

  judge(): Judgement {
    const measured = [...this.metrics.tallies()]
      .map(([type, { latency }]) => ({ type, ...latency.quantiles() }))
      .filter(({ count }) => count > 0);
    const slow = measured.filter(({ type, p95_ms }) => (p95_ms ?? 0) > LIMIT_MS && !LONG_BY_NATURE.has(type));
    const figures = { limit_ms: LIMIT_MS, messages: measured };
    if (slow.length === 0) return ok(`${measured.length} types of messages are answered in time`, figures);
    const said = slow.map(({ type, p95_ms }) => `${type} ${p95_ms} ms`).join(', ');
    return warning(`the p95 is above ${LIMIT_MS} ms: ${said}`, figures, {
      cause: 'the event loop is held up: these messages need nothing but their turn',
      cures: [{ what: 'find what holds it up', command: 'mcp-git-server profile cpu' }],
    });
  }
}
