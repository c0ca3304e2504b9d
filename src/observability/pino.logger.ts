import { Inject, Injectable, type LoggerService, type OnApplicationShutdown } from '@nestjs/common';
import { type Logger as Pino, pino } from 'pino';

import { LogConfig } from '../config/sections/index.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { LOG_DESTINATION, type LogDestination } from './log/log-destination.js';
import { readRecord } from './log/log-record.js';
import { scrubFields, scrubText } from './log/scrub.js';

export type LogThreshold = LogConfig['level'];

const SEVERITY: Readonly<Record<LogThreshold, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
};

/**
 * Nest's logger, as JSON lines on standard error: `level`, `timestamp` (ISO 8601), `component`, the fields
 * given, `message`. Secrets are masked whoever logs them.
 */
@Injectable()
export class PinoLogger implements LoggerService, OnApplicationShutdown {
  private readonly pino: Pino;
  private readonly byComponent = new Map<string, LogThreshold>();
  private threshold: LogThreshold;

  constructor(
    config: LogConfig,
    @Inject(LOG_DESTINATION) private readonly destination: LogDestination,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.threshold = config.level;
    this.pino = pino(
      {
        // The threshold is ours, since it may differ by component and change while the server runs.
        level: 'trace',
        base: null,
        messageKey: 'message',
        // Errors are taken apart where they are scrubbed.
        serializers: { err: (error: unknown) => error },
        timestamp: () => `,"timestamp":"${new Date(clock.nowMs()).toISOString()}"`,
        formatters: { level: (level) => ({ level }) },
      },
      destination,
    );
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Of everything, or of one component (the context of its Nest logger), from now on. */
  setLevel(level: LogThreshold, component?: string): void {
    if (component === undefined) this.threshold = level;
    else this.byComponent.set(component, level);
  }

  /** A component goes by the general level again. */
  clearLevel(component: string): void {
    this.byComponent.delete(component);
  }

  levels(): { readonly level: LogThreshold; readonly components: Readonly<Record<string, LogThreshold>> } {
    return { level: this.threshold, components: Object.fromEntries(this.byComponent) };
  }

  onApplicationShutdown(): void {
    try {
      this.destination.flushSync?.();
    } catch {
      // Standard error is closed or not yet open: there is nobody left to tell.
    }
  }

  private write(level: LogThreshold, message: unknown, rest: readonly unknown[]): void {
    if (!this.wanted(level, rest.at(-1))) return;
    const record = readRecord(message, rest);
    const component = record.component === undefined ? {} : { component: record.component };
    this.pino[level]({ ...component, ...scrubFields(record.fields) }, scrubText(record.message));
  }

  private wanted(level: LogThreshold, context: unknown): boolean {
    const own =
      this.byComponent.size > 0 && typeof context === 'string' ? this.byComponent.get(context) : undefined;
    return SEVERITY[level] >= SEVERITY[own ?? this.threshold];
  }
}
