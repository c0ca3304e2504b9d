import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { ResilienceConfig, SessionsConfig } from '../../src/config/sections/index.js';
import { MetricsRegistry } from '../../src/observability/metrics.registry.js';
import { BreakerRegistry } from '../../src/resilience/breaker/breaker.registry.js';
import { Continuities } from '../../src/sessions/resume/continuities.service.js';
import { SessionArchive } from '../../src/sessions/resume/session-archive.service.js';
import { SessionRestorer } from '../../src/sessions/resume/session-restorer.service.js';
import { SessionRegistry } from '../../src/sessions/session.registry.js';
import { FileSessionStore } from '../../src/sessions/store/file-session.store.js';
import { readStored, type StoredSession } from '../../src/sessions/store/stored-session.js';
import { type Clock } from '../../src/shared/clock.js';
import { ManualClock } from './manual-clock.js';
import { RecordingConnection } from './recording-connection.js';
import { TemporaryFolder } from './temporary-folder.js';

const MAX_BYTES = 4_096;
/** A part: a full replay buffer, what goes beside it, one more write of answers that were held. */
export const PART_BYTES = MAX_BYTES + 65_536 + 90_000;

/** Sessions that are kept in files, and what of them a process that is killed leaves. Close it. */
export class ArchivedSessions {
  private readonly folder = new TemporaryFolder();
  private readonly endings: (() => void)[] = [];
  readonly store = new FileSessionStore(this.folder.path);

  static async open(): Promise<ArchivedSessions> {
    const sessions = new ArchivedSessions();
    await sessions.store.open();
    return sessions;
  }

  get path(): string {
    return this.folder.path;
  }

  get names(): readonly string[] {
    return readdirSync(this.path).filter((name) => name.includes('.session'));
  }

  get bytesOnDisk(): number {
    return this.names.reduce((sum, name) => sum + statSync(join(this.path, name)).size, 0);
  }

  /** A session of a new process, and how to begin more of them there. */
  begin(clock?: Clock) {
    const { sessions, continuities, archive } = this.start(clock);
    const beginOne = () => {
      const connection = new RecordingConnection();
      const session = sessions.begin(connection);
      this.endings.push(() => sessions.forget(session));
      const { outbox, journal } = continuities.begin(session);
      void journal.save();
      return { session, connection, outbox, journal };
    };
    return { ...beginOne(), sessions, archive, beginOne };
  }

  /** In a new process, before its client has come back. */
  restore(stored: StoredSession) {
    const { sessions, continuities } = this.start();
    const session = sessions.adopt(stored.record);
    this.endings.push(() => sessions.forget(session));
    continuities.restore(session, stored, { fence: 1, awayMs: 0 });
    for (const { id } of stored.unfinished) session.deliver('{"type":"interrupted"}', id);
    return { session, ...continuities.begin(session) };
  }

  /** All of them, as a new process does before it lets clients in. */
  async restoreAll() {
    const { sessions, restorer } = this.start();
    const outcome = await restorer.restoreAll(AbortSignal.timeout(5_000));
    for (const session of sessions.all()) this.endings.push(() => sessions.forget(session));
    return { sessions, outcome };
  }

  /** What a process that is killed at this moment leaves. */
  async left(id: string): Promise<StoredSession> {
    const reading = readStored((await this.store.read(id)) ?? []);
    if (reading.kind !== 'whole') throw new Error(`${reading.kind} in line ${reading.line}`);
    return reading.session;
  }

  async close(): Promise<void> {
    for (const end of this.endings) end();
    await this.store.close();
    this.folder.remove();
  }

  private start(clock: Clock = new ManualClock()) {
    const config = Object.assign(new SessionsConfig(), { replay: { maxFrames: 16, maxBytes: MAX_BYTES } });
    const metrics = new MetricsRegistry();
    const breakers = new BreakerRegistry(new ResilienceConfig(), clock, metrics);
    const archive = new SessionArchive(this.store, config, breakers, clock, metrics);
    const sessions = new SessionRegistry(config, new ResilienceConfig(), clock);
    const continuities = new Continuities(config, archive, sessions);
    const restorer = new SessionRestorer(this.store, sessions, continuities, config, clock);
    return { sessions, continuities, archive, restorer };
  }
}
