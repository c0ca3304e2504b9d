import { Injectable } from '@nestjs/common';

import { DiagnosticsConfig } from '../config/sections/index.js';
import { type AnsweringEngine, type TracePart } from '../observability/operation-trace.js';

/** Where the time of one call went, in milliseconds; `other` is what no part accounts for. */
export interface CallTrace {
  readonly engine: AnsweringEngine;
  readonly total_ms: number;
  readonly queue_ms: number;
  readonly lock_ms: number;
  readonly engine_ms: number;
  readonly encode_ms: number;
  readonly other_ms: number;
}

export interface SlowOperation extends CallTrace {
  /** ISO 8601. */
  readonly at: string;
  readonly tool: string;
  readonly session_id: string;
  readonly request_id: string;
  readonly outcome: string;
}

const KEPT = 50;

/** The last calls that took longer than `diagnostics.slowOperation`. */
@Injectable()
export class SlowOperations {
  private readonly kept: SlowOperation[] = [];
  private count = 0;

  constructor(private readonly config: DiagnosticsConfig) {}

  /** Since the start, those that are forgotten included. */
  get total(): number {
    return this.count;
  }

  get thresholdMs(): number {
    return this.config.slowOperation;
  }

  /** Newest first. */
  all(): readonly SlowOperation[] {
    return this.kept.toReversed();
  }

  /** @param call what else is to be said of a slow one; few are */
  note(trace: CallTrace, call: () => Omit<SlowOperation, keyof CallTrace>): void {
    if (trace.total_ms < this.config.slowOperation) return;
    this.count += 1;
    this.kept.push({ ...call(), ...trace });
    if (this.kept.length > KEPT) this.kept.shift();
  }
}

/** @param totalMs from the start of the call until it is asked */
export function callTrace(
  engine: AnsweringEngine,
  parts: Readonly<Record<TracePart, number>>,
  totalMs: number,
): CallTrace {
  const { queue, lock, engine: working, encode } = parts;
  return {
    engine,
    total_ms: tenths(totalMs),
    queue_ms: tenths(queue),
    lock_ms: tenths(lock),
    engine_ms: tenths(working),
    encode_ms: tenths(encode),
    other_ms: tenths(Math.max(0, totalMs - queue - lock - working - encode)),
  };
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
