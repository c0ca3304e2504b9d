import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';

import { HeartbeatConfig } from '../config/sections/index.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { CLOSE } from '../shared/errors/index.js';
import { RecentCounts } from '../resilience/recent-counts.js';
import { SessionRegistry, type SessionListener } from '../sessions/session.registry.js';
import { type Session } from '../sessions/session.js';
import { heartbeatFrame } from './heartbeat.frame.js';
import { paceOf } from './heartbeat-pace.js';
import { type Pulse, HeartbeatWheel } from './heartbeat.wheel.js';

const RECENT_MS = 600_000;

export interface HeartbeatStatus {
  readonly running: boolean;
  readonly intervalMs: number;
  readonly missedThreshold: number;
  readonly sessions: number;
  /** Since it was last started. */
  readonly timeouts: number;
  /** In the last ten minutes, restarts of the monitor or not. */
  readonly recentTimeouts: number;
}

/**
 * Asks every session for a sign of life once per interval and closes those that stay silent. One timer serves all: each
 * tick is the turn of one slot of the wheel. Whatever arrives from a peer is a sign of life, so a peer that is alive
 * is never cut; a dead one is noticed within interval x (threshold + 1) plus one tick.
 */
@Injectable()
export class HeartbeatMonitor implements OnApplicationBootstrap, OnApplicationShutdown, SessionListener {
  private readonly logger = new Logger(HeartbeatMonitor.name);
  private readonly pulses = new Map<Session, Pulse>();
  private wheel: HeartbeatWheel;
  private timer: NodeJS.Timeout | undefined;
  private position = 0;
  private dueAt = 0;
  private timeouts = 0;
  private readonly recent: RecentCounts<'timeout'>;

  constructor(
    private readonly config: HeartbeatConfig,
    private readonly sessions: SessionRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.wheel = new HeartbeatWheel(paceOf(config).slots);
    this.recent = new RecentCounts(RECENT_MS, clock);
    sessions.listen(this);
  }

  onApplicationBootstrap(): void {
    this.start();
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  get running(): boolean {
    return this.timer !== undefined;
  }

  status(): HeartbeatStatus {
    return {
      running: this.running,
      intervalMs: this.config.interval,
      missedThreshold: this.config.missedThreshold,
      sessions: this.pulses.size,
      timeouts: this.timeouts,
      recentTimeouts: this.recent.of('timeout'),
    };
  }

  /** Starting twice changes nothing. Sessions that came while it stood still are taken on. */
  start(): void {
    if (this.running) return;
    const { slots, tickMs } = paceOf(this.config);
    this.pulses.clear();
    this.wheel = new HeartbeatWheel(slots);
    this.timeouts = 0;
    this.position = 0;
    this.dueAt = this.clock.monotonicMs() + tickMs;
    this.recover();
    this.timer = setInterval(() => this.tick(), tickMs);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Forgets what it knew of missed heartbeats and begins anew. */
  restart(): void {
    this.stop();
    this.start();
  }

  /** Takes on every open session that has no record. @returns how many there were */
  recover(): number {
    let recovered = 0;
    for (const session of this.sessions.all()) {
      if (this.pulses.has(session) || !session.isOpen || !isAskable(session)) continue;
      this.sessionOpened(session);
      recovered += 1;
    }
    return recovered;
  }

  /** Milliseconds since each session was last heard, by session id. */
  ages(): ReadonlyMap<string, number> {
    const now = this.clock.monotonicMs();
    return new Map([...this.pulses.keys()].map(({ id, lastHeardAt }) => [id, now - lastHeardAt]));
  }

  sessionOpened(session: Session): void {
    if (!isAskable(session)) return;
    this.pulses.set(session, this.wheel.add(session));
  }

  sessionClosed(session: Session): void {
    const pulse = this.pulses.get(session);
    if (pulse === undefined) return;
    this.pulses.delete(session);
    this.wheel.remove(pulse);
  }

  sessionParked(session: Session): void {
    this.sessionClosed(session);
  }

  sessionResumed(session: Session): void {
    this.sessionOpened(session);
  }

  private tick(): void {
    const { tickMs, lateMs } = paceOf(this.config);
    const now = this.clock.monotonicMs();
    if (now - this.dueAt > lateMs) {
      // The process stood still. What clients sent meanwhile is still unread, so nobody is judged before the next
      // tick, and the time lost is charged to no one.
      this.dueAt = now + tickMs;
      return;
    }
    for (; this.dueAt <= now; this.dueAt += tickMs) {
      for (const pulse of this.wheel.due(this.position)) this.visit(pulse, now);
      this.position = (this.position + 1) % this.wheel.slotCount;
    }
  }

  private visit(pulse: Pulse, now: number): void {
    const { session } = pulse;
    if (!session.isOpen) return;
    const { bytesRead = 0 } = session.connection;
    // A large message on a slow line takes longer than many intervals, and no pong overtakes it.
    const isHeard = session.lastHeardAt >= pulse.askedAt || bytesRead !== pulse.bytesRead;
    pulse.missed = isHeard ? 0 : pulse.missed + 1;
    if (pulse.missed >= this.config.missedThreshold) return this.giveUp(session);
    pulse.askedAt = now;
    pulse.bytesRead = bytesRead;
    session.connection.ping();
    if (session.capabilities.heartbeat) session.connection.sendText(heartbeatFrame(this.clock.nowMs()));
  }

  private giveUp(session: Session): void {
    this.timeouts += 1;
    this.recent.add('timeout');
    session.heartbeatTimeouts += 1;
    this.logger.warn('Session closed: no sign of life', { session_id: session.id });
    this.sessions.disconnect(session, CLOSE.heartbeatMissed, 'no sign of life');
  }
}

function isAskable({ connection, parked }: Session): boolean {
  return !parked && connection.answersPings !== false;
}
