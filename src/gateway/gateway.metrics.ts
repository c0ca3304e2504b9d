import { Inject, Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';

import { LatencyHistogram } from '../observability/latency.histogram.js';
import { MetricsRegistry } from '../observability/metrics.registry.js';
import { RecentCounts } from '../resilience/recent-counts.js';
import { CLOCK, type Clock } from '../shared/clock.js';

/** Where a frame belongs that names no type we know: a caller's text never becomes a label. */
export const UNKNOWN_TYPE = 'unknown';

/** Close codes worth telling apart; the rest is counted together. */
const CLOSE_CODES = new Set([
  1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1012, 1013, 4400, 4401, 4403, 4408, 4409, 4410, 4500,
]);

const RECENT_MS = 600_000;

/** One message type's tally: plain numbers, since a labelled counter costs more than a whole ping. */
export interface MessageTally {
  ok: number;
  error: number;
  /** From the arrival of a frame to its answer. */
  readonly latency: LatencyHistogram;
}

/** What passes the edge. Kept in plain numbers and turned into metrics only when scraped. */
@Injectable()
export class GatewayMetrics {
  /** Of the last ten minutes, by close code. */
  readonly recentlyClosed: RecentCounts<string>;
  /** Upgrades that were answered in HTTP, of the last ten minutes, by status. */
  readonly recentlyRefused: RecentCounts<string>;
  private readonly messages = new Map<string, MessageTally>();
  private readonly closed: Counter<'code'>;
  private readonly refused: Counter<'status'>;
  private readonly limited: Counter;
  private readonly resumes: Counter<'result'>;

  constructor(registry: MetricsRegistry, @Inject(CLOCK) clock: Clock) {
    this.recentlyClosed = new RecentCounts(RECENT_MS, clock);
    this.recentlyRefused = new RecentCounts(RECENT_MS, clock);
    const registers = [registry];
    const { messages } = this;
    registry.registerMetric(
      new Counter({
        name: 'mcp_git_messages_total',
        help: 'Frames received by message type and outcome',
        labelNames: ['type', 'outcome'],
        registers: [],
        collect() {
          this.reset();
          for (const [type, tally] of messages) {
            this.inc({ type, outcome: 'ok' }, tally.ok);
            this.inc({ type, outcome: 'error' }, tally.error);
          }
        },
      }),
    );
    this.closed = new Counter({
      name: 'mcp_git_sockets_closed_total',
      help: 'Sockets closed by close code',
      labelNames: ['code'],
      registers,
    });
    this.refused = new Counter({
      name: 'mcp_git_upgrades_refused_total',
      help: 'Upgrades answered in HTTP by status',
      labelNames: ['status'],
      registers,
    });
    this.limited = new Counter({
      name: 'mcp_git_frames_limited_total',
      help: 'Frames over the rate limit',
      registers,
    });
    this.resumes = new Counter({
      name: 'mcp_git_session_resumes_total',
      help: 'Clients that came back for their session, by what they found',
      labelNames: ['result'],
      registers,
    });
  }

  /** @param type one of our own names; call once and keep the result */
  tallyOf(type: string): MessageTally {
    const tally = this.messages.get(type) ?? { ok: 0, error: 0, latency: new LatencyHistogram() };
    this.messages.set(type, tally);
    return tally;
  }

  /** By type of message. */
  tallies(): ReadonlyMap<string, MessageTally> {
    return this.messages;
  }

  socketClosed(code: number): void {
    const label = CLOSE_CODES.has(code) ? String(code) : 'other';
    this.closed.inc({ code: label });
    this.recentlyClosed.add(label);
  }

  upgradeRefused(status: number): void {
    this.refused.inc({ status: String(status) });
    this.recentlyRefused.add(String(status));
  }

  resumed(result: 'whole' | 'with_loss' | 'expired' | 'breach'): void {
    this.resumes.inc({ result });
  }

  frameLimited(): void {
    this.limited.inc();
  }
}
