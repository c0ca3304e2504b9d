import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { Logger } from '@nestjs/common';
import {
  array,
  asyncProperty,
  assert as check,
  boolean,
  constant,
  integer,
  nat,
  oneof,
  record,
} from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ManualClock, timerClock } from '../../../test/support/manual-clock.js';
import { RecordingConnection } from '../../../test/support/recording-connection.js';
import { RecordingLogger } from '../../../test/support/recording-logger.js';
import { TemporaryFolder } from '../../../test/support/temporary-folder.js';
import { ResilienceConfig, SessionsConfig } from '../../config/sections/index.js';
import { MetricsRegistry } from '../../observability/metrics.registry.js';
import { BreakerRegistry } from '../../resilience/breaker/breaker.registry.js';
import { type Clock } from '../../shared/clock.js';
import { SessionRegistry } from '../session.registry.js';
import { FileSessionStore } from '../store/file-session.store.js';
import { readStored, type StoredSession } from '../store/stored-session.js';
import { Continuities } from './continuities.service.js';
import { SessionArchive } from './session-archive.service.js';

const MAX_BYTES = 4_096;
/** A part: a full replay buffer, what goes beside it, one more write of answers that were held. */
const PART_BYTES = MAX_BYTES + 65_536 + 90_000;

const what = oneof(
  { weight: 6, arbitrary: record({ kind: constant('ask'), isRead: boolean() }) },
  { weight: 2, arbitrary: record({ kind: constant('work'), which: nat() }) },
  {
    weight: 6,
    arbitrary: record({ kind: constant('answer'), which: nat(), bytes: integer({ min: 1, max: 6_000 }) }),
  },
  { weight: 1, arbitrary: record({ kind: constant('reply'), bytes: integer({ min: 1, max: 6_000 }) }) },
  { weight: 2, arbitrary: record({ kind: constant('notice'), bytes: integer({ min: 1, max: 6_000 }) }) },
  { weight: 1, arbitrary: record({ kind: constant('save') }) },
  { weight: 1, arbitrary: record({ kind: constant('settle') }) },
);
type What = { kind: string; isRead?: boolean; which?: number; bytes?: number };

describe('SessionArchive', () => {
  let folder: TemporaryFolder;
  let store: FileSessionStore;
  const endings: (() => void)[] = [];

  beforeEach(async () => {
    folder = new TemporaryFolder();
    store = new FileSessionStore(folder.path);
    await store.open();
  });

  afterEach(async () => {
    vi.useRealTimers();
    for (const end of endings.splice(0)) end();
    await store.close();
    folder.remove();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  function start(clock: Clock = new ManualClock()) {
    const config = Object.assign(new SessionsConfig(), { replay: { maxFrames: 16, maxBytes: MAX_BYTES } });
    const metrics = new MetricsRegistry();
    const breakers = new BreakerRegistry(new ResilienceConfig(), clock, metrics);
    const archive = new SessionArchive(store, config, breakers, clock, metrics);
    const sessions = new SessionRegistry(config, new ResilienceConfig(), clock);
    return { sessions, continuities: new Continuities(config, archive, sessions) };
  }

  function begin(clock?: Clock) {
    const { sessions, continuities } = start(clock);
    const beginOne = () => {
      const connection = new RecordingConnection();
      const session = sessions.begin(connection);
      endings.push(() => sessions.forget(session));
      const { outbox, journal } = continuities.begin(session);
      void journal.save();
      return { session, connection, outbox, journal };
    };
    return { ...beginOne(), sessions, beginOne };
  }

  function restore(stored: StoredSession) {
    const { sessions, continuities } = start();
    const session = sessions.adopt(stored.record);
    endings.push(() => sessions.forget(session));
    continuities.restore(session, stored, 1, 0);
    for (const { id } of stored.unfinished) session.deliver('{"type":"interrupted"}', id);
    return { session, ...continuities.begin(session) };
  }

  /** What a process that is killed at this moment leaves. */
  async function left(id: string) {
    const reading = readStored((await store.read(id)) ?? []);
    if (reading.kind !== 'whole') throw new Error(`${reading.kind} in line ${reading.line}`);
    return reading.session;
  }

  const bytesOnDisk = () =>
    readdirSync(folder.path).reduce((sum, name) => sum + statSync(join(folder.path, name)).size, 0);

  it('leaves at any moment what can be replayed, and each request whose client may rely on it', async () => {
    await check(
      asyncProperty(array(what, { minLength: 50, maxLength: 200, size: 'max' }), async (things: What[]) => {
        const { session, sessions, outbox, journal } = begin();
        const asked: string[] = [];
        const reads = new Set<string>();
        const answersToReads = new Set<number>();
        let promised = new Set<string>();
        const promise = (ids: readonly string[]) => (promised = new Set([...promised, ...ids]));
        for (const [index, { kind, isRead = false, which = 0, bytes = 0 }] of things.entries()) {
          const id = asked[which % Math.max(1, asked.length)];
          const frame = JSON.stringify({ text: 'x'.repeat(bytes) });
          if (kind === 'ask') {
            asked.push(`r${index}`);
            if (isRead) reads.add(`r${index}`);
            void journal.begin({ id: `r${index}`, tool: 'git_log' }, isRead);
          } else if (kind === 'work' && id !== undefined) {
            void journal.begin({ id, tool: 'git_commit', before: { head: 'a' } });
            promise(asked.slice(0, asked.indexOf(id) + 1));
          } else if (kind === 'answer' && id !== undefined) {
            session.deliver(frame, id);
            if (reads.has(id)) answersToReads.add(outbox.lastSeq);
            promise(asked.slice(0, asked.indexOf(id)));
            asked.splice(asked.indexOf(id), 1);
            promised.delete(id);
          } else if (kind === 'reply' || kind === 'notice') {
            session.deliver(frame, kind === 'reply' ? `other${index}` : undefined);
            promise(asked);
          } else if (kind === 'save' || kind === 'settle') {
            void journal[kind]();
            promise(asked);
          }

          const { frames, lastSeq, unfinished } = await left(session.id);
          const ids = unfinished.map((request) => request.id);
          const written = outbox.kept.filter(({ seq }) => seq <= lastSeq);
          expect(frames.slice(frames.length - written.length)).toEqual(written);
          for (let seq = lastSeq + 1; seq <= outbox.lastSeq; seq += 1) expect(answersToReads).toContain(seq);
          const isWhole = kind === 'reply' || kind === 'notice' || kind === 'save';
          expect(isWhole ? lastSeq : outbox.lastSeq).toBe(outbox.lastSeq);
          expect(asked).toEqual(expect.arrayContaining(ids));
          expect(ids).toEqual(expect.arrayContaining([...promised]));
          expect(bytesOnDisk()).toBeLessThan(2 * PART_BYTES);
        }
        sessions.forget(session);
      }),
      { numRuns: 15 },
    );
  });

  it('writes of what is answered quickly nothing but its answer', async () => {
    const { session, journal } = begin();

    void journal.begin({ id: 'quick', tool: 'git_log' });
    session.deliver('{"type":"tools/call/result"}', 'quick');

    expect(await store.read(session.id)).toEqual([
      expect.stringMatching(/^1 [0-9a-f]{8} S/),
      expect.stringMatching(/^1 [0-9a-f]{8} F\{"seq":1\}\t\{"type":"tools\/call\/result","seq":1\}$/),
    ]);
  });

  it('sends the answer to a quick read at once, and writes it as late as its begin would be', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const { session, connection, journal } = begin(timerClock);

    void journal.begin({ id: 'quick', tool: 'git_log' }, true);
    vi.advanceTimersByTime(3);
    session.deliver('{"type":"tools/call/result"}', 'quick');
    expect(connection.texts).toHaveLength(1);
    expect(await store.read(session.id)).toHaveLength(1);
    void journal.begin({ id: 'later', tool: 'git_log' }, true);
    vi.advanceTimersByTime(7);

    const { frames, unfinished } = await left(session.id);
    expect(frames.map(({ text }) => text)).toEqual(connection.texts);
    expect(unfinished).toEqual([]);
    vi.advanceTimersByTime(3);
    expect((await left(session.id)).unfinished).toEqual([{ id: 'later', tool: 'git_log' }]);
  });

  it('sends no answer before it is written where another server may have the session', async () => {
    Object.assign(store, { isShared: true });
    const { session, journal } = begin();

    void journal.begin({ id: 'quick', tool: 'git_log' }, true);
    session.deliver('{"type":"tools/call/result"}', 'quick');

    expect((await left(session.id)).lastSeq).toBe(1);
  });

  it('has nothing left to write once the session is left to the next process', async () => {
    const { session, sessions, journal } = begin();
    void journal.begin({ id: 'quick', tool: 'git_log' }, true);
    session.deliver('{"type":"tools/call/result"}', 'quick');

    session.survives = true;
    sessions.forget(session);

    expect((await left(session.id)).lastSeq).toBe(1);
  });

  it('numbers what comes after a kill behind what the client has, and the store may not have', async () => {
    // The process that is killed writes nothing any more.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { session, journal } = begin();
    void journal.begin({ id: 'long', tool: 'git_push' });
    journal.settle();
    void journal.begin({ id: 'quick', tool: 'git_log' }, true);
    session.deliver('{"type":"tools/call/result"}', 'quick');

    restore(await left(session.id));
    const { outbox, ...third } = restore(await left(session.id));
    const connection = new RecordingConnection();
    if (outbox.meet(1)) third.journal.renew();
    void third.journal.save();
    outbox.attach(connection, 1);

    expect(connection.texts).toEqual(['{"type":"interrupted","seq":2}']);
    const { record: stored, frames, unfinished } = await left(session.id);
    expect(frames.map(({ seq }) => seq)).toEqual([2]);
    expect([stored.provisionalFrom, unfinished]).toEqual([undefined, []]);
  });

  it('begins a part with what is unfinished, and has no file for the parts before the last', async () => {
    const { session, journal } = begin();
    void journal.begin({ id: 'long', tool: 'git_push', before: { head: 'a' } });

    for (let index = 0; index < 200; index += 1) session.deliver(JSON.stringify({ text: 'x'.repeat(2_000) }));

    const { frames, unfinished } = await left(session.id);
    expect(unfinished).toEqual([{ id: 'long', tool: 'git_push', before: { head: 'a' } }]);
    expect(frames.at(-1)?.seq).toBe(200);
    expect(bytesOnDisk()).toBeLessThan(2 * PART_BYTES);
    expect(readdirSync(folder.path).toSorted()).toEqual([
      `${session.id}.session`,
      `${session.id}.session.before`,
      'owner.json',
    ]);
  });

  it('loses nothing that is written where the disk takes half of what a part begins with', () => {
    const { session, outbox } = begin();
    Logger.overrideLogger(new RecordingLogger());
    const found: (number | undefined)[] = [];
    store.beginPart = (id, _fence, lines) => {
      const before = readFileSync(join(folder.path, `${id}.session`), 'utf8')
        .split('\n')
        .slice(0, -1);
      for (let cut = 0; cut <= lines.length; cut += 1) {
        const reading = readStored([...before, ...lines.slice(0, cut).map(String)]);
        const frames = reading.kind === 'whole' ? reading.session.frames : [];
        found.push(frames.find(({ seq }) => seq === outbox.lastSeq - 1)?.seq);
      }
      return refuse();
    };

    while (found.length === 0) session.deliver(JSON.stringify({ text: 'x'.repeat(2_000) }));

    expect(found).toEqual(found.map(() => outbox.lastSeq - 1));
  });

  it('knows what is answered of reads that were in flight as a part began', async () => {
    const { session, journal } = begin();
    const parts: string[] = [];
    const beginPart = store.beginPart.bind(store);
    store.beginPart = (...given) => {
      parts.push(given[0]);
      return beginPart(...given);
    };

    for (let index = 0; parts.length === 0; index += 1) {
      for (const id of [`first${index}`, `second${index}`]) void journal.begin({ id, tool: 'git_log' });
      session.deliver(JSON.stringify({ text: 'x'.repeat(2_000) }), `first${index}`);
      session.deliver(JSON.stringify({ text: 'y' }), `second${index}`);
    }

    expect((await left(session.id)).unfinished).toEqual([]);
  });

  it('goes on in parts after a store that failed has everything again', async () => {
    const { session, outbox, journal } = begin();
    const append = store.append.bind(store);
    store.append = refuse;
    session.deliver(JSON.stringify({ text: 'missed' }));
    store.append = append;
    void journal.begin({ id: 'quick', tool: 'git_log' }, true);
    session.deliver('{"type":"tools/call/result"}', 'quick');
    expect((await left(session.id)).lastSeq).toBe(outbox.lastSeq);

    for (let index = 0; index < 100; index += 1) session.deliver(JSON.stringify({ text: 'x'.repeat(2_000) }));

    const { frames } = await left(session.id);
    expect(frames.slice(-outbox.kept.length)).toEqual(outbox.kept);
  });

  it('says that sessions are stored again once all of them are, those that are idle too', async () => {
    const { session: idle, beginOne } = begin();
    const [small, busy] = [beginOne().session, beginOne().session];
    const logger = new RecordingLogger();
    Logger.overrideLogger(logger);
    const { append, replace } = store;
    Object.assign(store, { append: refuse, replace: refuse });
    for (const session of [idle, busy]) session.deliver(JSON.stringify({ text: 'missed' }));

    store.append = append;
    small.deliver(JSON.stringify({ text: 'fits into the last block' }));
    await setImmediate();
    store.replace = replace;
    busy.deliver(JSON.stringify({ text: 'fits again' }));
    await setImmediate();

    expect((await left(idle.id)).frames).toMatchObject([{ text: expect.stringContaining('missed') }]);
    expect(logger.lines.map(({ message }) => message)).toEqual([
      'Sessions cannot be stored and are served from memory',
      'Sessions are stored again',
    ]);
  });
});

function refuse(): never {
  throw new Error('no room');
}
