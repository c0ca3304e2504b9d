import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';

import { SessionsConfig } from '../../config/sections/index.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { type BegunRequest } from '../store/entry.js';
import { type ClaimedLines, SESSION_STORE, type SessionStore } from '../store/session-store.port.js';
import { readStored, type StoredSession } from '../store/stored-session.js';
import { SessionRegistry } from '../session.registry.js';
import { type Session } from '../session.js';
import { Continuities } from './continuities.service.js';
import { type StoredSessionView, storedView } from './stored-session.view.js';

const COME_AGAIN_MS = 1_000;

/** Answers what a process that is gone has left unanswered. */
export type AnswerUnfinished = (
  session: Session,
  requests: readonly BegunRequest[],
  signal: AbortSignal,
) => Promise<void>;

export interface RestoreOutcome {
  readonly restored: number;
  /** Sessions whose client did not come back in time. */
  readonly expired: number;
  readonly damaged: number;
  /** Written by a later release, and left for it. */
  readonly newer: number;
  /** The store did not give them, for the time being. */
  readonly unread: number;
}

/** Brings back the sessions of a process that has ended. They wait for their clients as after a lost connection. */
@Injectable()
export class SessionRestorer implements OnApplicationShutdown {
  private readonly logger = new Logger(SessionRestorer.name);
  private readonly damaged = new Set<string>();
  private readonly underway = new Map<string, Promise<keyof RestoreOutcome>>();
  private answer: AnswerUnfinished | undefined;

  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    private readonly sessions: SessionRegistry,
    private readonly continuities: Continuities,
    private readonly config: SessionsConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationShutdown(): Promise<void> {
    return this.store.close();
  }

  /** Sessions whose stored state cannot be read, by id, since the start. */
  get quarantined(): readonly string[] {
    return [...this.damaged];
  }

  /** An operator has seen them; their files stay in the quarantine of the store. @returns how many there were */
  acknowledge(): number {
    const count = this.damaged.size;
    this.damaged.clear();
    return count;
  }

  /** Who answers for requests that were under way. To be called before `restoreAll`. */
  answerWith(answer: AnswerUnfinished): void {
    this.answer = answer;
  }

  /** To be called once, before clients are let in. */
  async restoreAll(signal: AbortSignal): Promise<RestoreOutcome> {
    const outcome = { restored: 0, expired: 0, damaged: 0, newer: 0, unread: 0 };
    for (const id of await this.store.owned(signal)) {
      const found = await this.restore(id, signal).catch((err: unknown) => {
        // Not given up: it is asked for again when its client comes.
        this.logger.error('A stored session cannot be read now', { session_id: id, err });
        return 'unread' as const;
      });
      outcome[found] += 1;
    }
    if (Object.values(outcome).some((count) => count > 0)) this.logger.log('Sessions restored', outcome);
    return outcome;
  }

  /**
   * A session that this process does not have: another one may have left it.
   *
   * @throws ServerError `corrupted_session_state` where its stored state is damaged; `temporary_resource_unavailable` where
   *   the store does not give it
   */
  async find(id: string, signal: AbortSignal): Promise<Session | undefined> {
    if (!this.damaged.has(id)) {
      const found = this.restore(id, signal).then((outcome) => this.mindOthers(id, outcome, signal));
      await found.catch((err: unknown) => this.refuse(id, err));
    }
    if (this.damaged.has(id)) {
      const message = 'the stored state of the session is damaged; it has been set aside, begin a new one';
      throw new ServerError('corrupted_session_state', message);
    }
    return this.sessions.get(id);
  }

  /** What the store has of a session, for an operator; nothing is changed. */
  async look(id: string, signal: AbortSignal): Promise<StoredSessionView | undefined> {
    const lines = await this.store.read(id, signal);
    return lines && storedView(id, readStored(lines));
  }

  /** Until a server that is gone has been silent for long enough, its sessions cannot be had, and are not lost. */
  private async mindOthers(id: string, outcome: keyof RestoreOutcome, signal: AbortSignal): Promise<void> {
    if (outcome !== 'expired' || (await this.store.read(id, signal)) === undefined) return;
    const message =
      'another server has the session, which is taken over once that one has been silent for some seconds; come again';
    throw new ServerError('temporary_resource_unavailable', message, { retryAfterMs: COME_AGAIN_MS });
  }

  private refuse(id: string, err: unknown): never {
    if (err instanceof ServerError) throw err;
    this.logger.error('A stored session cannot be read now', { session_id: id, err });
    const message = 'The store of sessions does not answer; the session is not lost, come again';
    throw new ServerError('temporary_resource_unavailable', message, {
      retryAfterMs: COME_AGAIN_MS,
      cause: err,
    });
  }

  /** Who asks for a session that is being brought back waits for that, instead of finding nothing left to bring back. */
  private restore(id: string, signal: AbortSignal): Promise<keyof RestoreOutcome> {
    const underway = this.underway.get(id);
    if (underway !== undefined) return underway;
    const work = this.claim(id, signal).finally(() => this.underway.delete(id));
    this.underway.set(id, work);
    return work;
  }

  private async claim(id: string, signal: AbortSignal): Promise<keyof RestoreOutcome> {
    const claimed = await this.store.claim(id, signal);
    if (claimed === undefined) return 'expired';
    const reading = readStored(claimed.lines);
    if (reading.kind === 'damaged') await this.setAside(id, reading.line);
    if (reading.kind === 'newer')
      this.logger.warn('A stored session is of a later release', { session_id: id });
    if (reading.kind !== 'whole') return reading.kind;
    if (this.isLate(reading.session)) {
      await this.store.remove(id, claimed.fence);
      return 'expired';
    }
    await this.bringBack(reading.session, claimed, signal);
    return 'restored';
  }

  private async bringBack(stored: StoredSession, claimed: ClaimedLines, signal: AbortSignal): Promise<void> {
    const { fence, lines, isBehind = false } = claimed;
    const session = this.sessions.adopt(stored.record);
    const bytes = lines.reduce((sum, { length }) => sum + length, 0);
    this.continuities.restore(session, stored, { fence, awayMs: this.awayMs(stored), bytes });
    if (isBehind) session.continuity?.journal.renew();
    if (stored.unfinished.length > 0) await this.answer?.(session, stored.unfinished, signal);
  }

  private isLate(stored: StoredSession): boolean {
    return this.awayMs(stored) > this.config.resumeWindow;
  }

  /** A client that was connected when the process ended is away since now. */
  private awayMs({ record: { parkedAtMs } }: StoredSession): number {
    return parkedAtMs === undefined ? 0 : Math.max(0, this.clock.nowMs() - parkedAtMs);
  }

  private async setAside(id: string, line: number): Promise<void> {
    this.damaged.add(id);
    this.logger.error('A stored session is damaged and was set aside', {
      session_id: id,
      code: 'corrupted_session_state',
      line,
    });
    await this.store.quarantine(id).catch((err: unknown) => {
      this.logger.error('A damaged session could not be set aside', { session_id: id, err });
    });
  }
}
