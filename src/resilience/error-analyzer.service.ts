import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Counter } from 'prom-client';

import { ResilienceConfig } from '../config/sections/index.js';
import { MetricsRegistry } from '../observability/metrics.registry.js';
import { ScheduledJobs } from '../observability/scheduled-jobs.service.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { type ErrorCode } from '../shared/errors/index.js';
import { RateRing } from './rate-ring.js';

const MINUTE_MS = 60_000;
const BUCKETS = 60;
const WATCH_EVERY_MS = 10_000;
const MAX_SAMPLES = 3;
/** Longer than any id that is accepted. */
const MAX_ID = 128;

interface ErrorRecord {
  total: number;
  readonly counter: Counter.Internal;
  readonly lastMinute: RateRing;
  readonly window: RateRing;
  readonly byComponent: Map<string, number>;
  readonly samples: Sample[];
  spiking: boolean;
}

/** As errors come in thousands; hardly any is ever looked at. */
interface Sample extends Omit<ErrorSample, 'at'> {
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** One error that was answered: where to look in the log. */
export interface ErrorSample {
  /** ISO 8601. */
  readonly at: string;
  readonly component: string;
  readonly session_id: string | null;
  readonly request_id: string | null;
}

export interface ErrorOrigin {
  /** A name of ours, never a caller's text. */
  readonly component?: string;
  readonly sessionId?: string;
  readonly requestId?: string | number | null;
}

export interface ErrorSummary {
  readonly code: ErrorCode;
  readonly total: number;
  /** Errors per minute over `resilience.errors.window`. */
  readonly rate: number;
  readonly lastMinute: number;
  /** Errors per minute over the window without its last minute: what is usual. */
  readonly usual: number;
  readonly spiking: boolean;
  readonly byComponent: Readonly<Record<string, number>>;
  /** The latest, newest last. */
  readonly samples: readonly ErrorSample[];
}

/** Which errors the server answers with, how often, and since when more often than usual. */
@Injectable()
export class ErrorAnalyzer implements OnApplicationBootstrap {
  private readonly logger = new Logger(ErrorAnalyzer.name);
  private readonly records = new Map<ErrorCode, ErrorRecord>();
  private readonly errors: Counter<'code'>;

  constructor(
    private readonly config: ResilienceConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly jobs: ScheduledJobs,
    metrics: MetricsRegistry,
  ) {
    this.errors = new Counter({
      name: 'mcp_git_errors_total',
      help: 'Errors that the server answered with',
      labelNames: ['code'],
      registers: [metrics],
    });
  }

  onApplicationBootstrap(): void {
    this.jobs.every('resilience.error-spikes', WATCH_EVERY_MS, () => this.watch());
  }

  /** Call once for each error that leaves the server, at the door it leaves by. */
  record(code: ErrorCode, origin: ErrorOrigin = {}): void {
    const { component = 'server' } = origin;
    const now = this.clock.monotonicMs();
    const record = this.recordOf(code);
    record.total += 1;
    record.lastMinute.add(now);
    record.window.add(now);
    record.byComponent.set(component, (record.byComponent.get(component) ?? 0) + 1);
    record.counter.inc();
    this.keepSample(record, { component, ...origin });
    if (!record.spiking) this.judge(code, record, now);
  }

  /**
   * @param windowMs how far to look back; at most `resilience.errors.window`, which is the default
   * @returns errors per minute, on average over the window
   */
  rate(code: ErrorCode, windowMs = this.config.errors.window): number {
    const record = this.records.get(code);
    if (!record) return 0;
    const ring = windowMs <= MINUTE_MS ? record.lastMinute : record.window;
    const spanMs = Math.min(windowMs, ring.spanMs);
    return (ring.sum(this.clock.monotonicMs(), spanMs) * MINUTE_MS) / spanMs;
  }

  /** The codes of which more than `threshold` were answered in the last minute, with how many. */
  spikes(threshold = this.config.errors.spikeThreshold): ReadonlyMap<ErrorCode, number> {
    const rates = [...this.records.keys()].map((code) => [code, this.rate(code, MINUTE_MS)] as const);
    return new Map(rates.filter(([, rate]) => rate > threshold));
  }

  /** Every code that was ever answered. */
  summary(): readonly ErrorSummary[] {
    return [...this.records].map(([code, { total, spiking, byComponent, samples }]) => ({
      code,
      total,
      rate: this.rate(code),
      lastMinute: this.rate(code, MINUTE_MS),
      usual: this.usualRate(code),
      spiking,
      byComponent: Object.fromEntries(byComponent),
      samples: samples.map(({ atMs, ...sample }) => ({ at: new Date(atMs).toISOString(), ...sample })),
    }));
  }

  private usualRate(code: ErrorCode): number {
    const minutes = this.config.errors.window / MINUTE_MS;
    if (minutes <= 1) return 0;
    return Math.max(0, (this.rate(code) * minutes - this.rate(code, MINUTE_MS)) / (minutes - 1));
  }

  private keepSample(
    { samples }: ErrorRecord,
    { component = 'server', sessionId, requestId }: ErrorOrigin,
  ): void {
    samples.push({
      atMs: this.clock.nowMs(),
      component,
      session_id: sessionId ?? null,
      request_id: requestId == null ? null : String(requestId).slice(0, MAX_ID),
    });
    if (samples.length > MAX_SAMPLES) samples.shift();
  }

  // A spike is said once when it starts, by record(), and once when it is over, which only time can tell.
  private watch(): void {
    const now = this.clock.monotonicMs();
    for (const [code, record] of this.records) if (record.spiking) this.judge(code, record, now);
  }

  private judge(code: ErrorCode, record: ErrorRecord, now: number): void {
    const lastMinute = record.lastMinute.sum(now, MINUTE_MS);
    const spiking = lastMinute > this.config.errors.spikeThreshold;
    if (spiking === record.spiking) return;
    record.spiking = spiking;
    if (spiking) this.logger.warn('Error spike began', { code, per_minute: lastMinute });
    else this.logger.log('Error spike is over', { code, per_minute: lastMinute });
  }

  private recordOf(code: ErrorCode): ErrorRecord {
    const known = this.records.get(code) ?? {
      total: 0,
      counter: this.errors.labels(code),
      lastMinute: new RateRing(MINUTE_MS / BUCKETS, BUCKETS),
      window: new RateRing(Math.ceil(this.config.errors.window / BUCKETS), BUCKETS),
      byComponent: new Map<string, number>(),
      samples: [],
      spiking: false,
    };
    this.records.set(code, known);
    return known;
  }
}
