import { Inject, Injectable, Logger } from '@nestjs/common';

import { SessionsConfig } from '../../config/sections/index.js';
import { MetricsRegistry } from '../../observability/metrics.registry.js';
import { type CallOutcome, type CircuitBreaker } from '../../resilience/breaker/circuit-breaker.js';
import { BreakerRegistry } from '../../resilience/breaker/breaker.registry.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { type BegunRequest, type Entry } from '../store/entry.js';
import {
  FIRST_FENCE,
  SESSION_STORE,
  SessionTakenError,
  type SessionStore,
} from '../store/session-store.port.js';
import { entriesOf } from '../store/stored-session.js';
import { type Session } from '../session.js';
import { type NumberedFrame } from './outbox.js';
import { recordOf } from './session-record.js';
import { Shelf } from './shelf.js';

/** Times the bytes of a full replay buffer that a part without one may take before the session is written anew. */
const GROWTH = 2;
const SLACK_BYTES = 65_536;
/** A read that is answered sooner costs one write and not two, of its answer alone. */
const REQUEST_DELAY_MS = 10;
/** As operators see it among the circuits. */
const STORE_CIRCUIT = 'session-store';
/** A store that is back is used again within seconds: what is lost meanwhile grows with each of them. */
const STORE_RECOVERY_MS = 2_000;

/**
 * Writes down what happens to sessions that can be resumed. A store that fails costs no session: it is served from
 * memory, and written as a whole once the store takes it.
 */
@Injectable()
export class SessionArchive {
  private readonly logger = new Logger(SessionArchive.name);
  private readonly shelves = new WeakMap<Session, Shelf>();
  /** Of which the store has missed something; until it has everything again, nothing is added. */
  private readonly behind = new Set<Session>();
  private failures = 0;
  private failing = false;
  private ownCircuit: CircuitBreaker | undefined;
  private onTaken: ((session: Session) => void) | undefined;

  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    private readonly config: SessionsConfig,
    private readonly breakers: BreakerRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: MetricsRegistry,
  ) {
    const help = 'Writes that the session store did not take';
    metrics.gauge('mcp_git_session_store_failures', help, () => this.failures);
  }

  /** Whether a session outlives this process. */
  get durable(): boolean {
    return this.store.durable;
  }

  /** Told of a session that another server has, by now: here nothing of it is worth anything any more. */
  whenTaken(listener: (session: Session) => void): void {
    this.onTaken = listener;
  }

  /** From here on the session is written down. @param fence absent for a session of this process's own */
  open(session: Session, fence = FIRST_FENCE, begun: readonly BegunRequest[] = []): void {
    if (this.durable) this.shelves.set(session, new Shelf(fence, begun));
  }

  /** Writes down what the session is. To be called where something of it changes that a resume needs. */
  save(session: Session): Promise<void> | undefined {
    const shelf = this.shelves.get(session);
    if (shelf === undefined) return undefined;
    const state = { kind: 'state', record: recordOf(session, this.clock) } as const;
    return this.write(session, shelf, [...shelf.takeBefore(), state]);
  }

  /**
   * A request begins; with `before`, its work does. Only the latter is written at once: a kill within the next ten
   * milliseconds is to the client as one before the request had arrived, unless it hears of it first: `settle`.
   */
  begin(session: Session, request: BegunRequest): Promise<void> | undefined {
    const shelf = this.shelves.get(session);
    if (shelf === undefined) return undefined;
    shelf.begun.set(request.id, request);
    if (request.before !== undefined) {
      return this.write(session, shelf, [...shelf.takeBefore(request.id), { kind: 'request', request }]);
    }
    shelf.unwritten.add(request.id);
    if (shelf.unwritten.size === 1) this.writeSoon(session, shelf);
    return undefined;
  }

  settle(session: Session): void {
    const shelf = this.shelves.get(session);
    if (shelf !== undefined && shelf.unwritten.size > 0) void this.write(session, shelf, shelf.takeBefore());
  }

  /** Of a request that the store has not heard of, and is now answered, it need not hear any more. */
  frame(session: Session, frame: NumberedFrame, answers?: string): Promise<void> | undefined {
    const shelf = this.shelves.get(session);
    if (shelf === undefined) return undefined;
    const isKnown = answers !== undefined && !shelf.unwritten.has(answers);
    const before = shelf.takeBefore(answers);
    if (answers !== undefined) shelf.begun.delete(answers);
    return this.write(session, shelf, [...before, { kind: 'frame', frame, ...(isKnown && { answers }) }]);
  }

  /** The session is over. */
  remove(session: Session): void {
    const shelf = this.close(session);
    if (shelf !== undefined) void this.attempt(session, () => this.store.remove(session.id, shelf.fence));
  }

  /** The session goes on in the next process. */
  leave(session: Session): void {
    this.settle(session);
    this.close(session);
    this.store.release(session.id);
  }

  private close(session: Session): Shelf | undefined {
    const shelf = this.shelves.get(session);
    clearTimeout(shelf?.timer);
    this.shelves.delete(session);
    this.behind.delete(session);
    return shelf;
  }

  private writeSoon(session: Session, shelf: Shelf): void {
    if (shelf.timer === undefined) shelf.timer = setTimeout(() => this.settle(session), REQUEST_DELAY_MS);
    else shelf.timer.refresh();
  }

  private write(session: Session, shelf: Shelf, entries: readonly Entry[]): Promise<void> | undefined {
    if (this.behind.has(session)) return this.writeAnew(session, shelf);
    const { maxBytes } = this.config.replay;
    const lines = shelf.put(entries);
    if (shelf.bytes > maxBytes + SLACK_BYTES) {
      if (shelf.hasFrom(session.continuity?.outbox.firstSeq)) return this.beginPart(session, shelf, entries);
      if (shelf.bytes > maxBytes * GROWTH + SLACK_BYTES) return this.writeAnew(session, shelf);
    }
    return this.attempt(session, () => this.store.append(session.id, shelf.fence, lines));
  }

  /** Where the current part has all frames that are kept, no other part is needed once the rest is said again. */
  private beginPart(session: Session, shelf: Shelf, entries: readonly Entry[]): Promise<void> | undefined {
    shelf.clear();
    const record = recordOf(session, this.clock);
    const rest = entriesOf({ record, frames: [], unfinished: shelf.takeUnfinished() });
    const lines = shelf.put([...rest, ...entries.filter(({ kind }) => kind === 'frame')]);
    return this.attempt(session, () => this.store.beginPart(session.id, shelf.fence, lines));
  }

  private writeAnew(session: Session, shelf: Shelf): Promise<void> | undefined {
    shelf.clear();
    this.behind.delete(session);
    const write = () => {
      const record = { ...recordOf(session, this.clock), whole: true } as const;
      const frames = session.continuity?.outbox.kept ?? [];
      const lines = shelf.put(entriesOf({ record, frames, unfinished: shelf.takeUnfinished() }));
      return this.store.replace(session.id, shelf.fence, lines);
    };
    return this.attempt(session, write);
  }

  /** @returns nothing where it is done, or has failed, at once; what it returns never rejects */
  private attempt(session: Session, write: () => Promise<void> | undefined): Promise<void> | undefined {
    if (!this.durable) return undefined;
    let report: ((outcome: CallOutcome) => void) | undefined;
    const succeed = () => {
      report?.('succeeded');
      this.recovered();
    };
    const fail = (error: unknown) => {
      if (error instanceof SessionTakenError) {
        report?.('succeeded');
        return this.taken(session);
      }
      report?.('failed');
      if (this.shelves.has(session)) this.behind.add(session);
      this.failed(error);
    };
    try {
      report = this.circuit.enter();
      const writing = write();
      if (writing !== undefined) return writing.then(succeed, fail);
      succeed();
    } catch (error) {
      fail(error);
    }
    return undefined;
  }

  private get circuit(): CircuitBreaker {
    if (this.ownCircuit === undefined) {
      this.ownCircuit = this.breakers.get(STORE_CIRCUIT);
      this.ownCircuit.configure({ recoveryTimeout: STORE_RECOVERY_MS });
    }
    return this.ownCircuit;
  }

  private taken(session: Session): void {
    if (this.close(session) === undefined) return;
    this.logger.warn('A session belongs to another server by now', { session_id: session.id });
    this.onTaken?.(session);
  }

  private failed(err: unknown): void {
    this.failures += 1;
    if (!this.failing) this.logger.error('Sessions cannot be stored and are served from memory', { err });
    this.failing = true;
  }

  private recovered(): void {
    if (!this.failing) return;
    // A full disk still takes a line that fits into the last block of a file: the store is back when it has all sessions.
    if (this.behind.size > 0) return void setImmediate(() => this.catchUp());
    this.logger.log('Sessions are stored again');
    this.failing = false;
  }

  /** The next one of those that may have nothing to say by themselves for long. */
  private catchUp(): void {
    const [session] = this.behind;
    if (session === undefined) return;
    const shelf = this.shelves.get(session);
    if (shelf !== undefined) void this.writeAnew(session, shelf);
  }
}
