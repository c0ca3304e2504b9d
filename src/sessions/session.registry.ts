import { randomUUID } from 'node:crypto';

import { Inject, Injectable } from '@nestjs/common';

import { ResilienceConfig, SessionsConfig } from '../config/sections/index.js';
import { TokenBucket } from '../resilience/token-bucket.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { type Abortable } from '../shared/abortable.js';
import { Cancellation } from '../shared/cancellation.js';
import { CLOSE, ServerError } from '../shared/errors/index.js';
import { type Principal } from '../shared/principal.js';
import { IdleOrder } from './idle-order.js';
import { PARKED } from './resume/parked-connection.js';
import { type SessionConnection } from './session-connection.js';
import { type SessionStateName } from './session-state.js';
import { COUNTERS, Session, type SessionLedger } from './session.js';
import { type SessionRecord } from './store/entry.js';

/** Told when a session begins and when it is over, in this order, once each. */
export interface SessionListener {
  sessionOpened(session: Session): void;
  sessionClosed(session: Session): void;
  /** Its client is gone and may come back; until then there is nobody to ask. */
  sessionParked?(session: Session): void;
  sessionResumed?(session: Session): void;
}

export type SessionCounts = Readonly<Record<SessionStateName, number>>;

const RETRY_WHEN_FULL_MS = 5_000;

/** Every session of this process. Counting, finding and touching one cost the same however many there are. */
@Injectable()
export class SessionRegistry implements SessionLedger {
  private readonly sessions = new Map<string, Session>();
  private readonly byIdleness = new IdleOrder();
  private readonly listeners: SessionListener[] = [];
  private readonly states = { CREATED: 0, ACTIVE: 0, PAUSED: 0, ERROR: 0, CLOSING: 0, CLOSED: 0 };
  private readonly detached = new Set<Abortable>();
  private operations = 0;
  private parkedNow = 0;

  constructor(
    private readonly config: SessionsConfig,
    private readonly resilience: ResilienceConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** How many there are by state; `CLOSED` counts all that ever were. */
  get counts(): SessionCounts {
    return this.states;
  }

  /** Sessions that hold a place: all that are not on their way out. */
  get open(): number {
    return this.sessions.size - this.states.CLOSING;
  }

  /** Including those whose closing handshake still runs. */
  get size(): number {
    return this.sessions.size;
  }

  /** Sessions that wait for their client to come back. */
  get parked(): number {
    return this.parkedNow;
  }

  get runningOperations(): number {
    return this.operations;
  }

  listen(listener: SessionListener): void {
    this.listeners.push(listener);
  }

  /**
   * @param principal absent where the client has yet to say who it is
   * @throws ServerError `session_limit_reached` with `retryAfterMs` where the server is full and may not, or cannot,
   *   make room
   */
  begin(connection: SessionConnection, principal?: Principal): Session {
    if (this.open >= this.config.max) this.makeRoom();
    const { rateLimit } = this.resilience;
    const bucket = new TokenBucket(rateLimit, this.clock);
    const now = this.clock.monotonicMs();
    const session = new Session(randomUUID(), connection, bucket, this.clock.nowMs(), now, this);
    session.principal = principal;
    this.sessions.set(session.id, session);
    this.byIdleness.append(session);
    this.states.CREATED += 1;
    for (const listener of this.listeners) listener.sessionOpened(session);
    return session;
  }

  /** A session of a process that is gone. It waits for its client, and is of use once it has its continuity again. */
  adopt(record: SessionRecord): Session {
    const now = this.clock.monotonicMs();
    const ageMs = Math.max(0, this.clock.nowMs() - record.startedAtMs);
    const bucket = new TokenBucket(this.resilience.rateLimit, this.clock);
    const session = new Session(record.id, PARKED, bucket, record.startedAtMs, now - ageMs, this);
    session.lastActiveAt = now;
    session.lastHeardAt = now;
    this.states.CREATED += 1;
    this.parkedNow += 1;
    this.sessions.set(session.id, session);
    this.byIdleness.append(session);
    session.activate();
    if (record.paused) session.pause();
    session.capabilities = record.capabilities;
    session.repository = record.repository;
    session.wish = record.wish;
    session.workingDirectory = record.workingDirectory;
    session.isolations = record.isolations ?? session.isolations;
    for (const name of COUNTERS) session[name] = record.counters[name] ?? 0;
    for (const listener of this.listeners) listener.sessionOpened(session);
    return session;
  }

  get(id: string): Session | undefined {
    return this.sessions.get(id);
  }

  all(): IterableIterator<Session> {
    return this.sessions.values();
  }

  longestIdleFirst(): Iterable<Session> {
    return this.byIdleness.longestIdleFirst();
  }

  /**
   * An operation of a caller that has no session: counted with the others and cancelled with them.
   *
   * @param work gets the signal that `cancelEverything` aborts, and `client`'s aborts too
   * @param held what `holdDetached` has registered for it
   */
  async runDetached<T>(
    client: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
    held?: Abortable,
  ): Promise<T> {
    if (held !== undefined) this.endDetached(held);
    const controller = new Cancellation();
    const cancel = () => controller.abort(clientGone());
    client.addEventListener('abort', cancel, { once: true });
    if (client.aborted) cancel();
    this.holdDetached(controller);
    try {
      return await work(controller.signal);
    } finally {
      this.endDetached(controller);
      client.removeEventListener('abort', cancel);
    }
  }

  /** Registers what waits to be begun. */
  holdDetached(waiting: Abortable): void {
    this.detached.add(waiting);
    this.operationsChanged(1);
  }

  endDetached(operation: Abortable): void {
    if (this.detached.delete(operation)) this.operationsChanged(-1);
  }

  /** Cancels what every session runs, and what runs without one. */
  cancelEverything(reason: ServerError): void {
    for (const session of this.sessions.values()) session.cancelAll(reason);
    for (const operation of this.detached) operation.abort(reason);
  }

  /** Cancels what the session runs and starts the closing handshake. Closing twice changes nothing. */
  close(session: Session, code: number, reason: string): void {
    if (!session.isOpen) return;
    session.cancelAll(sessionEnded());
    session.beginClose();
    this.byIdleness.remove(session);
    if (session.parked) return this.forget(session);
    session.connection.close(code, reason);
  }

  /**
   * Gives a connection up and not the session: one that can be resumed waits for its client, any other is closed.
   * Giving up twice changes nothing.
   */
  disconnect(session: Session, code: number, reason: string): void {
    if (session.continuity === undefined) return this.close(session, code, reason);
    const { connection } = session;
    this.park(session);
    connection.close(code, reason);
  }

  /** The connection is gone. What runs goes on; the client has `sessions.resumeWindow` to come back. */
  park(session: Session): void {
    if (session.continuity === undefined || !session.isOpen || session.parked) return;
    session.continuity.parkedAt = this.clock.monotonicMs();
    session.continuity.outbox.detach();
    session.connection = PARKED;
    this.parkedNow += 1;
    for (const listener of this.listeners) listener.sessionParked?.(session);
  }

  /**
   * The client has come back. The connection that it had, if the server has not noticed its end, is closed with 4409.
   * Frames go to the new one once `continuity.outbox.attach` is called.
   */
  rejoin(session: Session, connection: SessionConnection): void {
    if (session.continuity === undefined) return;
    this.disconnect(session, CLOSE.takenOver, 'resumed on another connection');
    session.continuity.parkedAt = undefined;
    session.connection = connection;
    this.parkedNow -= 1;
    session.touch(this.clock.monotonicMs());
    for (const listener of this.listeners) listener.sessionResumed?.(session);
  }

  /** Forgets a session whose connection is gone, and cancels what it still ran. */
  forget(session: Session): void {
    if (!this.sessions.delete(session.id)) return;
    session.cancelAll(sessionEnded());
    this.byIdleness.remove(session);
    if (session.parked) this.parkedNow -= 1;
    session.finishClose();
    for (const listener of this.listeners) listener.sessionClosed(session);
  }

  stateChanged(from: SessionStateName, to: SessionStateName): void {
    this.states[from] -= 1;
    this.states[to] += 1;
  }

  touched(session: Session): void {
    if (session.isOpen) this.byIdleness.toNewest(session);
  }

  operationsChanged(by: 1 | -1): void {
    this.operations += by;
  }

  private makeRoom(): void {
    if (this.config.whenFull === 'evict-idle' && this.evict(this.config.evictBatch) > 0) return;
    throw new ServerError(
      'session_limit_reached',
      'the server has no place for another session; try again later',
      {
        retryAfterMs: RETRY_WHEN_FULL_MS,
      },
    );
  }

  private evict(atMost: number): number {
    let evicted = 0;
    for (const session of this.byIdleness.longestIdleFirst()) {
      if (evicted === atMost) break;
      if (session.activeOperations > 0) continue;
      session.idleTimeouts += 1;
      this.close(session, CLOSE.idle, 'evicted: the server was full');
      evicted += 1;
    }
    return evicted;
  }
}

function clientGone(): ServerError {
  return new ServerError('operation_cancelled', 'the client cancelled the request');
}

function sessionEnded(): ServerError {
  return new ServerError('operation_cancelled', 'the session ended before the operation did');
}
