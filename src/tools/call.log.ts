import { Inject, Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';

import { MetricsRegistry } from '../observability/metrics.registry.js';
import { type OperationTrace, traced } from '../observability/operation-trace.js';
import { classify } from '../resilience/classify.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { type ServerError } from '../shared/errors/index.js';
import { ConfirmationPending } from './confirmation.js';
import { type CallTrace, callTrace, SlowOperations } from './slow-operations.service.js';

/** Through which a call came in. */
export type Door = 'envelope' | 'mcp-http' | 'mcp-ws' | 'stdio';

export interface TrackedCall {
  readonly door: Door;
  readonly sessionId: string;
  readonly requestId: string;
  /** As the caller named it. */
  readonly tool: string;
  /** When it came, in monotonic milliseconds; absent: now. */
  readonly since?: number | undefined;
}

const WARN_EVERY_MS = 1_000;

/** One line and one count for each tool call, whichever door it came through; of those refused at the door the count. */
@Injectable()
export class CallLog {
  private readonly logger = new Logger('ToolCalls');
  private readonly calls: Counter<'door' | 'outcome'>;
  /** Refusals come in thousands: their counters are looked up once. */
  private readonly refusedCalls = new Map<string, Counter.Internal>();
  /** Not told yet. */
  private refusals = 0;
  private nextWarningAt = Number.NEGATIVE_INFINITY;

  constructor(
    registry: MetricsRegistry,
    private readonly slow: SlowOperations,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.calls = new Counter({
      name: 'mcp_git_tool_calls_total',
      help: 'Tool calls by the door they came through and by outcome (ok, asked or an error code)',
      labelNames: ['door', 'outcome'],
      registers: [registry],
    });
  }

  /**
   * @param work may ask where the time of the call has gone so far
   * @throws what the work throws, after it was recorded
   */
  track<T>(call: TrackedCall, work: (trace: () => CallTrace) => Promise<T>): Promise<T> {
    const begunAt = call.since ?? this.clock.monotonicMs();
    return traced(async (trace) => {
      const now = () => this.traceOf(trace, begunAt);
      try {
        const result = await work(now);
        this.record(call, now());
        return result;
      } catch (thrown) {
        this.record(call, now(), thrown);
        throw thrown;
      }
    }, call.sessionId);
  }

  /** A call that was turned away at the door: each is counted, and how many there were is told once a second. */
  refused(door: Door, { code }: ServerError): void {
    this.counterOf(door, code).inc();
    this.refusals += 1;
    const now = this.clock.monotonicMs();
    if (now < this.nextWarningAt) return;
    this.logger.warn('Tool calls refused at the door', { count: this.refusals, code });
    this.refusals = 0;
    this.nextWarningAt = now + WARN_EVERY_MS;
  }

  private counterOf(door: Door, code: string): Counter.Internal {
    const key = `${door} ${code}`;
    const known = this.refusedCalls.get(key) ?? this.calls.labels(door, code);
    this.refusedCalls.set(key, known);
    return known;
  }

  private traceOf({ engine, parts }: OperationTrace, begunAt: number): CallTrace {
    return callTrace(engine, parts, this.clock.monotonicMs() - begunAt);
  }

  private record(call: TrackedCall, trace: CallTrace, thrown?: unknown): void {
    const { door, sessionId, requestId, tool } = call;
    const asked = thrown instanceof ConfirmationPending;
    const code = thrown === undefined || asked ? undefined : classify(thrown).code;
    const outcome = asked ? 'asked' : (code ?? 'ok');
    this.calls.inc({ door, outcome });
    const name = code === 'unknown_tool' ? 'unknown' : tool;
    this.slow.note(trace, () => {
      const at = new Date(this.clock.nowMs()).toISOString();
      return { at, tool: name, session_id: sessionId, request_id: requestId, outcome };
    });
    this.logger.log(
      asked ? 'Tool call asks the user' : `Tool call ${code === undefined ? 'served' : 'failed'}`,
      {
        door,
        session_id: sessionId,
        request_id: requestId,
        // An unknown tool's name is a caller's text.
        ...(code !== 'unknown_tool' && { tool }),
        duration_ms: Math.round(trace.total_ms),
        ...(code !== undefined && { code }),
      },
    );
  }
}
