import { Inject, Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';

import { MetricsRegistry } from '../observability/metrics.registry.js';
import { classify } from '../resilience/classify.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { ConfirmationPending } from './confirmation.js';

/** Through which a call came in. */
export type Door = 'envelope' | 'mcp-http' | 'mcp-ws' | 'stdio';

export interface TrackedCall {
  readonly door: Door;
  readonly sessionId: string;
  readonly requestId: string;
  /** As the caller named it. */
  readonly tool: string;
}

/** One line and one count for each tool call, whichever door it came through. */
@Injectable()
export class CallLog {
  private readonly logger = new Logger('ToolCalls');
  private readonly calls: Counter<'door' | 'outcome'>;

  constructor(
    registry: MetricsRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.calls = new Counter({
      name: 'mcp_git_tool_calls_total',
      help: 'Tool calls by the door they came through and by outcome (ok, asked or an error code)',
      labelNames: ['door', 'outcome'],
      registers: [registry],
    });
  }

  /** @throws what the work throws, after it was recorded */
  async track<T>(call: TrackedCall, work: () => Promise<T>): Promise<T> {
    const begunAt = this.clock.monotonicMs();
    try {
      const result = await work();
      this.record(call, this.clock.monotonicMs() - begunAt);
      return result;
    } catch (thrown) {
      this.record(call, this.clock.monotonicMs() - begunAt, thrown);
      throw thrown;
    }
  }

  private record(
    { door, sessionId, requestId, tool }: TrackedCall,
    durationMs: number,
    thrown?: unknown,
  ): void {
    const asked = thrown instanceof ConfirmationPending;
    const code = thrown === undefined || asked ? undefined : classify(thrown).code;
    this.calls.inc({ door, outcome: asked ? 'asked' : (code ?? 'ok') });
    this.logger.log(
      asked ? 'Tool call asks the user' : `Tool call ${code === undefined ? 'served' : 'failed'}`,
      {
        door,
        session_id: sessionId,
        request_id: requestId,
        // An unknown tool's name is a caller's text.
        ...(code !== 'unknown_tool' && { tool }),
        duration_ms: Math.round(durationMs),
        ...(code !== undefined && { code }),
      },
    );
  }
}
