import { type Abortable } from '../shared/abortable.js';
import { Cancellation } from '../shared/cancellation.js';
import { ServerError } from '../shared/errors/index.js';
import { type JsonObject } from '../shared/json.js';
import { type Principal } from '../shared/principal.js';
import { type TokenBucket } from '../resilience/token-bucket.js';
import { type Continuity } from './resume/continuity.js';
import { PARKED } from './resume/parked-connection.js';
import { type SessionCapabilities } from './session-capabilities.js';
import { type SessionConnection } from './session-connection.js';
import { type SessionIsolation, type SessionPlace } from './session-place.js';
import { type SessionState, type SessionStateName, CREATED } from './session-state.js';

/** Who keeps count of all sessions; told of what changes in one of them. */
export interface SessionLedger {
  stateChanged(from: SessionStateName, to: SessionStateName): void;
  touched(session: Session): void;
  operationsChanged(by: 1 | -1): void;
}

/** What is counted for each session, and goes on after a resume. */
export const COUNTERS = [
  'messageCount',
  'commandCount',
  'errorCount',
  'heartbeatCount',
  'stateTransitions',
  'idleTimeouts',
  'heartbeatTimeouts',
] as const;

const NOTHING_ASKED: SessionCapabilities = Object.freeze({
  cancellation: true,
  progress: false,
  heartbeat: false,
  resume: false,
});

const NONE: readonly SessionIsolation[] = Object.freeze([]);

/**
 * One client, from its connection to the end of it. There are thousands, so a session is one flat object: no closure,
 * no timer, and no map until an operation runs. Times are monotonic milliseconds, but `startedAtMs` (since 1970).
 */
export class Session implements SessionPlace {
  principal: Principal | undefined;
  capabilities = NOTHING_ASKED;
  /** Present where the session outlives its connection. */
  continuity: Continuity | undefined;
  /** Goes on in the next process, although it is closed in this one. */
  survives = false;
  /** What it asked of the tools, as it asked. */
  wish: JsonObject | undefined;
  /** Path that the last successful tool call worked on. */
  repository: string | undefined;
  /** Where relative paths of repositories start; a real path inside the roots when it was set. */
  workingDirectory: string | undefined;
  /** Work trees that end with it. */
  isolations: readonly SessionIsolation[] = NONE;

  messageCount = 0;
  commandCount = 0;
  errorCount = 0;
  heartbeatCount = 0;
  stateTransitions = 0;
  idleTimeouts = 0;
  heartbeatTimeouts = 0;

  /** Last message that shows use; answers to our heartbeats do not. */
  lastActiveAt: number;
  /** Last frame of any kind: proof that the peer lives. */
  lastHeardAt: number;
  lastHeartbeatAt: number | undefined;

  /** Neighbours in the order of use; kept by the ledger. */
  older: Session | undefined;
  newer: Session | undefined;

  private current: SessionState = CREATED;
  private leaving = false;
  private operations: Map<string, Abortable> | undefined;

  constructor(
    readonly id: string,
    public connection: SessionConnection,
    readonly frames: TokenBucket,
    readonly startedAtMs: number,
    readonly startedAt: number,
    private readonly ledger: SessionLedger,
  ) {
    this.lastActiveAt = startedAt;
    this.lastHeardAt = startedAt;
  }

  get state(): SessionState {
    return this.current;
  }

  /** Neither closing nor closed. */
  get isOpen(): boolean {
    return this.current.name !== 'CLOSING' && this.current.name !== 'CLOSED';
  }

  /** Waits for its client to come back. */
  get parked(): boolean {
    return this.connection === PARKED;
  }

  get activeOperations(): number {
    return this.operations?.size ?? 0;
  }

  activeRequestIds(): readonly string[] {
    return this.operations === undefined ? [] : [...this.operations.keys()];
  }

  /**
   * Sends a frame that the client must not miss: numbered and kept for a replay where the session can be resumed.
   *
   * @param requestId of the request that it answers
   */
  deliver(frame: string, requestId?: string): void {
    if (this.continuity === undefined) return this.connection.sendText(frame);
    // While a request runs, a frame about it is not its answer: its id was used twice.
    const answers = requestId !== undefined && !this.isRunning(requestId) ? requestId : undefined;
    this.continuity.outbox.push(frame, answers);
  }

  /** Sends a frame that may be missed: dropped where the client reads too slowly, or is away for too long. */
  offer(frame: string): void {
    if (this.continuity === undefined) return this.connection.offerText(frame);
    const isWelcome = this.parked ? this.continuity.outbox.isRoomy : this.connection.isBehind !== true;
    if (isWelcome) this.continuity.outbox.push(frame);
  }

  /** Notes that the client uses the session. */
  touch(now: number): void {
    this.lastActiveAt = now;
    this.lastHeardAt = now;
    this.ledger.touched(this);
  }

  /** Notes a sign of life that answers, or is, a heartbeat. */
  beat(now: number): void {
    this.lastHeardAt = now;
    this.lastHeartbeatAt = now;
    this.heartbeatCount += 1;
  }

  activate(): void {
    if (this.current.name === 'CREATED') this.moveTo(this.current.activate());
  }

  /** Pausing a paused session changes nothing. @throws ServerError `forbidden` where it is not in use */
  pause(): void {
    if (this.current.name === 'ACTIVE') this.moveTo(this.current.pause());
    else if (this.current.name !== 'PAUSED') throw notInUse('paused');
    void this.continuity?.journal.save();
  }

  /** Pauses for good, so that nothing new begins while what runs is ending. @throws ServerError as `pause` */
  leave(): void {
    this.pause();
    this.leaving = true;
  }

  /** Resuming an active session changes nothing. @throws ServerError `forbidden` where it is not in use, or left */
  resume(): void {
    if (this.leaving) throw notInUse('resumed');
    if (this.current.name === 'PAUSED') this.moveTo(this.current.resume());
    else if (this.current.name !== 'ACTIVE') throw notInUse('resumed');
    void this.continuity?.journal.save();
  }

  workIn(directory: string | undefined): void {
    this.workingDirectory = directory;
    void this.continuity?.journal.save();
  }

  isolate(isolations: readonly SessionIsolation[]): void {
    this.isolations = isolations;
    void this.continuity?.journal.save();
  }

  fail(): void {
    if ('fail' in this.current) this.moveTo(this.current.fail());
  }

  beginClose(): void {
    if ('beginClose' in this.current) this.moveTo(this.current.beginClose());
  }

  finishClose(): void {
    this.beginClose();
    if (this.current.name === 'CLOSING') this.moveTo(this.current.finishClose());
  }

  isRunning(requestId: string): boolean {
    return this.operations !== undefined && this.operations.has(requestId);
  }

  /**
   * Registers a running request.
   *
   * @param held what `hold` has registered for it
   * @returns its signal, aborted by `cancel` and when the session ends
   * @throws ServerError `duplicate_request_id` where a request of that id still runs
   */
  begin(requestId: string, held?: Abortable): AbortSignal {
    if (this.operations?.get(requestId) === held && held !== undefined) this.end(requestId);
    if (this.isRunning(requestId)) {
      throw new ServerError(
        'duplicate_request_id',
        'a request with this id is still running; choose another id',
      );
    }
    const controller = new Cancellation();
    this.hold(requestId, controller);
    return controller.signal;
  }

  /** Registers a request that waits to be begun; of an id that no other has. It is ended as one that runs. */
  hold(requestId: string, waiting: Abortable): void {
    (this.operations ??= new Map()).set(requestId, waiting);
    this.ledger.operationsChanged(1);
  }

  /** What stands for a request: what `hold` was given, until it is begun. */
  held(requestId: string): Abortable | undefined {
    return this.operations?.get(requestId);
  }

  /** @param only where it is still this that stands for the request */
  end(requestId: string, only?: Abortable): void {
    if (only !== undefined && this.operations?.get(requestId) !== only) return;
    if (!this.operations?.delete(requestId)) return;
    if (this.operations.size === 0) this.operations = undefined;
    this.ledger.operationsChanged(-1);
  }

  /** @returns whether a request of that id was running. It ends on its own, after its work has noticed. */
  cancel(requestId: string, reason: ServerError): boolean {
    const operation = this.operations?.get(requestId);
    operation?.abort(reason);
    return operation !== undefined;
  }

  cancelAll(reason: ServerError): void {
    for (const operation of this.operations?.values() ?? []) operation.abort(reason);
  }

  private moveTo(next: SessionState): void {
    const { name } = this.current;
    this.current = next;
    this.stateTransitions += 1;
    this.ledger.stateChanged(name, next.name);
  }
}

function notInUse(what: string): ServerError {
  return new ServerError('forbidden', `only a session in use can be ${what}; this one is not`);
}
