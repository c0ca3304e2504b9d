import { type Clock } from '../shared/clock.js';
import { type SessionStateName } from './session-state.js';
import { type Session } from './session.js';

/** Times are ISO 8601, ages and durations seconds. */
export interface SessionMetricsView {
  readonly start_time: string;
  readonly last_active: string;
  readonly last_heartbeat: string | null;
  readonly uptime: number;
  readonly idle_time: number;
  readonly heartbeat_age: number | null;
  readonly command_count: number;
  readonly error_count: number;
  readonly message_count: number;
  readonly heartbeat_count: number;
  readonly state_transitions: number;
  readonly idle_timeouts: number;
  readonly heartbeat_timeouts: number;
  readonly active_operations: number;
}

/** A session as its own client sees it. */
export interface SessionView {
  readonly session_id: string;
  readonly state: SessionStateName;
  readonly metrics: SessionMetricsView;
}

export function viewOf(session: Session, clock: Clock): SessionView {
  const now = clock.monotonicMs();
  const at = (monotonicMs: number) =>
    new Date(session.startedAtMs + monotonicMs - session.startedAt).toISOString();
  const beat = session.lastHeartbeatAt;
  return {
    session_id: session.id,
    state: session.state.name,
    metrics: {
      start_time: new Date(session.startedAtMs).toISOString(),
      last_active: at(session.lastActiveAt),
      last_heartbeat: beat === undefined ? null : at(beat),
      uptime: seconds(now - session.startedAt),
      idle_time: seconds(now - session.lastActiveAt),
      heartbeat_age: beat === undefined ? null : seconds(now - beat),
      command_count: session.commandCount,
      error_count: session.errorCount,
      message_count: session.messageCount,
      heartbeat_count: session.heartbeatCount,
      state_transitions: session.stateTransitions,
      idle_timeouts: session.idleTimeouts,
      heartbeat_timeouts: session.heartbeatTimeouts,
      active_operations: session.activeOperations,
    },
  };
}

function seconds(ms: number): number {
  return Math.round(ms) / 1_000;
}
