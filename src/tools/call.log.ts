import { Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';

import { MetricsRegistry } from '../observability/metrics.registry.js';
import { classify } from '../resilience/classify.js';

/** Through which a call came in. */
export type Door = 'envelope' | 'mcp-http' | 'mcp-ws' | 'stdio';

export interface CallRecord {
  readonly door: Door;
  readonly sessionId: string;
  readonly requestId: string;
  /** As the caller named it. */
  readonly tool: string;
  readonly durationMs: number;
  /** What the call threw, if it failed. */
  readonly failure?: unknown;
}

/** One line and one count for each tool call, whichever door it came through. */
@Injectable()
export class CallLog {
  private readonly logger = new Logger('ToolCalls');
  private readonly calls: Counter<'door' | 'outcome'>;

  constructor(registry: MetricsRegistry) {
    this.calls = new Counter({
      name: 'mcp_git_tool_calls_total',
      help: 'Tool calls by the door they came through and by outcome (ok or an error code)',
      labelNames: ['door', 'outcome'],
      registers: [registry],
    });
  }

  /** An unknown tool's name is a caller's text and left out. */
  record({ door, sessionId, requestId, tool, durationMs, failure }: CallRecord): void {
    const code = failure === undefined ? undefined : classify(failure).code;
    this.calls.inc({ door, outcome: code ?? 'ok' });
    this.logger.log(code === undefined ? 'Tool call served' : 'Tool call failed', {
      door,
      session_id: sessionId,
      request_id: requestId,
      ...(code !== 'unknown_tool' && { tool }),
      duration_ms: Math.round(durationMs),
      ...(code !== undefined && { code }),
    });
  }
}
