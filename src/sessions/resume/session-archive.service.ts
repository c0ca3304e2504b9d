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
import { EndedSessions, type Removal } from './ended-sessions.js';
import { type PlacedFrame } from './frame-room.js';
import { recordOf } from './session-record.js';
import { Shelf } from './shelf.js';

/** Times the bytes of a full replay buffer that a part without one may take before the session is written anew. */
const GROWTH = 2;
const SLACK_BYTES = 65_536;
/** After the begin of a request until its begin, or the answer to a read, is written: so long it may wait for more. */
const DELAY_MS = 10;
/** Bytes of answers from which on they wait no longer. */
const MOST_HELD = 65_536;
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
  private readonly ended: EndedSessions;
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
    this.ended = new EndedSessions(store);
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

  /**
   * From here on the session is written down.
   *
   * @param fence absent for a session of this process's own
   * @param bytes that the store has of it
   */
  open(session: Session, fence = FIRST_FENCE, begun: readonly BegunRequest[] = [], bytes = 0): void {
    if (this.durable) this.shelves.set(session, new Shelf(fence, begun, bytes));
  }

  /** Writes down what the session is. To be called where something of it changes that a resume needs. */
  save(session: Session): Promise<void> | undefined {
    const shelf = this.shelves.get(session);
    if (shelf === undefined) return undefined;
    const state = { kind: 'state', record: recordOf(session, this.clock) } as const;
    return this.write(session, shelf, [...shelf.take(), state]);
  }

  renew(session: Session): void {
    if (this.shelves.has(session)) this.behind.add(session);
  }

  /**
   * A request begins; with `before`, its work does. Only the latter is written at once: a kill within the next ten
   * milliseconds is to the client as one before the request had arrived, unless it hears of it first: `settle`.
   */
  begin(session: Session, request: BegunRequest, isRead: boolean): Promise<void> | undefined {
    const shelf = this.shelves.get(session);
    if (shelf === undefined) return undefined;
    if (request.before !== undefined) {
      shelf.begun.set(request.id, request);
      return this.write(session, shelf, [...shelf.take(request.id), { kind: 'request', request }]);
    }
    shelf.begin(request, isRead, this.clock.monotonicMs());
    this.writeSoon(session, shelf);
    return undefined;
  }

  settle(session: Session): void {
    const shelf = this.shelves.get(session);
    if (shelf?.hasUnwritten === true) void this.write(session, shelf, shelf.take());
  }

  /**
   * The answer to a read that nothing is written of yet may be sent at once, and is written as late as its begin would be:
   * a client that has it says so when it comes back, and to any other one the request has never arrived. Not where another
   * server may have the session by then, and not where the store has missed more than this answer.
   */
  frame(session: Session, frame: PlacedFrame, answers?: string): Promise<void> | undefined {
    const shelf = this.shelves.get(session);
    if (shelf === undefined) return undefined;
    const mayWait = !this.behind.has(session) && !this.store.isShared;
    if (mayWait && answers !== undefined && shelf.hold(frame, answers)) {
      if (shelf.heldLength > MOST_HELD) void this.write(session, shelf, shelf.takeHeld());
      return undefined;
    }
    return this.write(session, shelf, this.entriesFor(session, shelf, frame, answers));
  }

  /** The session is over. */
  remove(session: Session): void {
    const shelf = this.close(session);
    if (shelf !== undefined) this.tellOver(this.ended.add(session.id, shelf.fence));
  }

  /** The session goes on in the next process. */
  leave(session: Session): void {
    const shelf = this.shelves.get(session);
    const waiting = shelf?.take() ?? [];
    if (shelf !== undefined && waiting.length > 0) void this.write(session, shelf, waiting);
    this.close(session);
    this.store.release(session.id);
  }

  /** Writes anew what the store has missed something of, the next one once the store has taken one. */
  catchUp(): void {
    const removal = this.ended.next();
    if (removal !== undefined) this.tellOver(removal);
    const [session] = this.behind;
    if (session === undefined) return;
    const shelf = this.shelves.get(session);
    if (shelf !== undefined) void this.writeAnew(session, shelf);
  }

  /** Files go whatever the circuit says: room is what a full disk is short of. */
  private tellOver(removal: Removal): void {
    void this.attempt(undefined, removal, this.store.isShared);
  }

  private close(session: Session): Shelf | undefined {
    const shelf = this.shelves.get(session);
    clearTimeout(shelf?.timer);
    this.shelves.delete(session);
    this.behind.delete(session);
    return shelf;
  }

  /** With everything that the store is to hear of before this frame. */
  private entriesFor(session: Session, shelf: Shelf, frame: PlacedFrame, answers?: string): Entry[] {
    const isKnown = answers !== undefined && shelf.knows(answers);
    // What began after a request that the store knows of, its answer says nothing about.
    const entries = isKnown ? shelf.takeHeld() : shelf.take(answers);
    if (answers !== undefined) shelf.begun.delete(answers);
    entries.push({ kind: 'frame', frame, ...(isKnown && { answers }) });
    if (session.continuity?.outbox.provisionalFrom === frame.seq) {
      const record = { ...recordOf(session, this.clock), lastSeq: frame.seq - 1 };
      entries.unshift({ kind: 'state', record });
    }
    return entries;
  }

  private writeSoon(session: Session, shelf: Shelf): void {
    const { waitsSinceMs } = shelf;
    if (shelf.timer !== undefined || waitsSinceMs === undefined) return;
    const waitMs = waitsSinceMs + DELAY_MS - this.clock.monotonicMs();
    shelf.timer = setTimeout(() => this.writeDue(session, shelf), Math.max(1, waitMs));
  }

  private writeDue(session: Session, shelf: Shelf): void {
    shelf.timer = undefined;
    if (this.shelves.get(session) !== shelf) return;
    const due = shelf.takeUntil(this.clock.monotonicMs() - DELAY_MS);
    if (due.length > 0) void this.write(session, shelf, due);
    this.writeSoon(session, shelf);
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

  /**
   * Where the current part has all frames that are kept, no other part is needed once the rest is said again. The state comes
   * last: where it is, all is there that is to be known without the part before, and a frame that a full disk did not take
   * makes no gap.
   */
  private beginPart(session: Session, shelf: Shelf, entries: readonly Entry[]): Promise<void> | undefined {
    shelf.clear();
    const record = recordOf(session, this.clock);
    const [state, ...requests] = entriesOf({ record, frames: [], unfinished: shelf.takeUnfinished() });
    const lines = shelf.put([...entries.filter(({ kind }) => kind === 'frame'), ...requests, state as Entry]);
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

  /**
   * @param session that the store has missed something of where it fails, and that may be another server's; absent where it is over
   * @param mindsCircuit whether it is left undone while the store is taken for one that fails
   * @returns nothing where it is done, or has failed, at once; what it returns never rejects
   */
  private attempt(
    session: Session | undefined,
    write: () => Promise<void> | undefined,
    mindsCircuit = true,
  ): Promise<void> | undefined {
    if (!this.durable) return undefined;
    let report: ((outcome: CallOutcome) => void) | undefined;
    const succeed = () => {
      report?.('succeeded');
      this.recovered();
    };
    const fail = (error: unknown) => {
      if (error instanceof SessionTakenError) {
        report?.('succeeded');
        return session && this.taken(session);
      }
      report?.('failed');
      if (session !== undefined && this.shelves.has(session)) this.behind.add(session);
      this.failed(error);
    };
    try {
      if (mindsCircuit) report = this.circuit.enter();
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
    if (this.behind.size + this.ended.size > 0) return void setImmediate(() => this.catchUp());
    this.logger.log('Sessions are stored again');
    this.failing = false;
  }
}
