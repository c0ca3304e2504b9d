import { TopCounts } from './top-counts.js';
import { type LogLine } from './log-lines.js';

export interface LogReport {
  readonly records: number;
  readonly from: string | null;
  readonly to: string | null;
  readonly levels: Readonly<Record<string, number>>;
  readonly top_errors: readonly {
    readonly error: string;
    readonly count: number;
    readonly sample: LogLine;
  }[];
  /** Minutes with far more errors than usual. */
  readonly spikes: readonly { readonly minute: string; readonly errors: number; readonly usual: number }[];
  readonly slowest: readonly { readonly duration_ms: number; readonly record: LogLine }[];
  readonly worst_sessions: readonly { readonly session_id: string; readonly errors: number }[];
}

const SHOWN = 10;
/** A month of minutes: what is older than that falls off the timeline. */
const MAX_MINUTES = 44_640;
const SPIKE_LEAST = 5;
const SPIKE_FACTOR = 3;
const TROUBLE = new Set(['warn', 'error', 'fatal']);

/** Adds up a log of any length in bounded memory. */
export class LogAnalysis {
  private records = 0;
  private from: string | null = null;
  private to: string | null = null;
  private readonly levels = new Map<string, number>();
  private readonly errors = new TopCounts<LogLine>();
  private readonly sessions = new TopCounts<null>();
  private readonly minutes = new Map<string, number>();
  private slowest: { duration_ms: number; record: LogLine }[] = [];

  add(line: LogLine): void {
    this.records += 1;
    const { level = 'info', timestamp, duration_ms } = line;
    this.levels.set(level, (this.levels.get(level) ?? 0) + 1);
    if (typeof timestamp === 'string') this.span(timestamp);
    if (isTrouble(line)) this.addTrouble(line);
    if (typeof duration_ms === 'number') this.addSlow(duration_ms, line);
  }

  report(): LogReport {
    return {
      records: this.records,
      from: this.from,
      to: this.to,
      levels: Object.fromEntries(this.levels),
      top_errors: this.errors.top(SHOWN).map(({ key, count, sample }) => ({ error: key, count, sample })),
      spikes: this.spikes(),
      slowest: this.slowest,
      worst_sessions: this.sessions.top(SHOWN).map(({ key, count }) => ({ session_id: key, errors: count })),
    };
  }

  private span(timestamp: string): void {
    if (this.from === null || timestamp < this.from) this.from = timestamp;
    if (this.to === null || timestamp > this.to) this.to = timestamp;
  }

  private addTrouble(line: LogLine): void {
    const { component = '', message = '', code, session_id, timestamp } = line;
    const what = typeof code === 'string' ? code : message;
    this.errors.add(`${component}: ${what}`, line);
    if (typeof session_id === 'string') this.sessions.add(session_id, null);
    if (typeof timestamp !== 'string') return;
    const minute = timestamp.slice(0, 16);
    this.minutes.set(minute, (this.minutes.get(minute) ?? 0) + 1);
    const [oldest] = this.minutes.keys();
    if (this.minutes.size > MAX_MINUTES && oldest !== undefined) this.minutes.delete(oldest);
  }

  private addSlow(duration_ms: number, record: LogLine): void {
    if (this.slowest.length === SHOWN && duration_ms <= (this.slowest.at(-1)?.duration_ms ?? 0)) return;
    this.slowest.push({ duration_ms, record });
    this.slowest.sort((one, other) => other.duration_ms - one.duration_ms);
    this.slowest = this.slowest.slice(0, SHOWN);
  }

  private spikes() {
    const counts = [...this.minutes.values()].toSorted((one, other) => one - other);
    const usual = counts[Math.floor(counts.length / 2)] ?? 0;
    return [...this.minutes]
      .filter(([, errors]) => errors >= SPIKE_LEAST && (counts.length < 3 || errors > usual * SPIKE_FACTOR))
      .toSorted(([, one], [, other]) => other - one)
      .slice(0, SHOWN)
      .map(([minute, errors]) => ({ minute, errors, usual }));
  }
}

/** A call that fails is logged as information: its code is what makes it an error. */
function isTrouble({ level = 'info', code }: LogLine): boolean {
  return TROUBLE.has(level) || typeof code === 'string';
}
