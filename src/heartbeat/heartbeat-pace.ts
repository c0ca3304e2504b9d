import { type HeartbeatConfig } from '../config/sections/index.js';

/** How finely an interval is cut: one timer ticks, and each tick is the turn of one slot of sessions. */
export interface HeartbeatPace {
  readonly tickMs: number;
  readonly slots: number;
  /** A tick that comes this late was held up by the process itself, not by clients. */
  readonly lateMs: number;
}

const TICKS_PER_INTERVAL = 20;
const MIN_TICK_MS = 10;
const MAX_TICK_MS = 100;
const MAX_LATE_MS = 250;

export function paceOf({ interval }: HeartbeatConfig): HeartbeatPace {
  const wanted = Math.floor(interval / TICKS_PER_INTERVAL);
  const slots = Math.ceil(interval / Math.min(MAX_TICK_MS, Math.max(MIN_TICK_MS, wanted)));
  const tickMs = interval / slots;
  return { tickMs, slots, lateMs: Math.max(2 * tickMs, Math.min(MAX_LATE_MS, interval / 4)) };
}
