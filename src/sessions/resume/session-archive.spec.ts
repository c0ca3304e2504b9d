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

import { ArchivedSessions, PART_BYTES } from '../../../test/support/archived-sessions.js';
import { timerClock } from '../../../test/support/manual-clock.js';
import { RecordingConnection } from '../../../test/support/recording-connection.js';
import { type FileSessionStore } from '../store/file-session.store.js';

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
  let archived: ArchivedSessions;

  beforeEach(async () => {
    archived = await ArchivedSessions.open();
  });

  afterEach(async () => {
    vi.useRealTimers();
    await archived.close();
  });

  it('leaves at any moment what can be replayed, and each request whose client may rely on it', async () => {
    await check(
      asyncProperty(array(what, { minLength: 50, maxLength: 200, size: 'max' }), async (things: What[]) => {
        const { session, sessions, outbox, journal } = archived.begin();
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

          const { frames, lastSeq, unfinished } = await archived.left(session.id);
          const ids = unfinished.map((request) => request.id);
          const written = outbox.kept.filter(({ seq }) => seq <= lastSeq);
          expect(frames.slice(frames.length - written.length)).toEqual(written);
          for (let seq = lastSeq + 1; seq <= outbox.lastSeq; seq += 1) expect(answersToReads).toContain(seq);
          const isWhole = kind === 'reply' || kind === 'notice' || kind === 'save';
          expect(isWhole ? lastSeq : outbox.lastSeq).toBe(outbox.lastSeq);
          expect(asked).toEqual(expect.arrayContaining(ids));
          expect(ids).toEqual(expect.arrayContaining([...promised]));
          expect(archived.bytesOnDisk).toBeLessThan(2 * PART_BYTES);
        }
        sessions.forget(session);
      }),
      { numRuns: 15 },
    );
  });

  it('writes of what is answered quickly nothing but its answer', async () => {
    const { session, journal } = archived.begin();

    void journal.begin({ id: 'quick', tool: 'git_log' });
    session.deliver('{"type":"tools/call/result"}', 'quick');

    expect(await archived.store.read(session.id)).toEqual([
      expect.stringMatching(/^1 [0-9a-f]{8} S/),
      expect.stringMatching(/^1 [0-9a-f]{8} F\{"seq":1\}\t\{"type":"tools\/call\/result","seq":1\}$/),
    ]);
  });

  it('sends the answer to a quick read at once, and writes it as late as its begin would be', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const { session, connection, journal } = archived.begin(timerClock);

    void journal.begin({ id: 'quick', tool: 'git_log' }, true);
    vi.advanceTimersByTime(3);
    session.deliver('{"type":"tools/call/result"}', 'quick');
    expect(connection.texts).toHaveLength(1);
    expect(await archived.store.read(session.id)).toHaveLength(1);
    void journal.begin({ id: 'later', tool: 'git_log' }, true);
    vi.advanceTimersByTime(7);

    const { frames, unfinished } = await archived.left(session.id);
    expect(frames.map(({ text }) => text)).toEqual(connection.texts);
    expect(unfinished).toEqual([]);
    vi.advanceTimersByTime(3);
    expect((await archived.left(session.id)).unfinished).toEqual([{ id: 'later', tool: 'git_log' }]);
  });

  it('writes of answers that wait what was said, although the replay buffer has room for a few of them', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const { session, connection, journal } = archived.begin(timerClock);

    for (let index = 0; index < 40; index += 1) {
      void journal.begin({ id: `quick${index}`, tool: 'git_log' }, true);
      session.deliver(JSON.stringify({ index, text: 'x'.repeat(1_000) }), `quick${index}`);
    }
    vi.advanceTimersByTime(10);

    expect((await archived.left(session.id)).frames.map(({ text }) => text)).toEqual(connection.texts);
  });

  it('sends no answer before it is written where another server may have the session', async () => {
    Object.assign(archived.store, { isShared: true });
    const { session, journal } = archived.begin();

    void journal.begin({ id: 'quick', tool: 'git_log' }, true);
    session.deliver('{"type":"tools/call/result"}', 'quick');

    expect((await archived.left(session.id)).lastSeq).toBe(1);
  });

  it('has nothing left to write once the session is left to the next process', async () => {
    const { session, sessions, journal } = archived.begin();
    void journal.begin({ id: 'quick', tool: 'git_log' }, true);
    session.deliver('{"type":"tools/call/result"}', 'quick');

    session.survives = true;
    sessions.forget(session);

    expect((await archived.left(session.id)).lastSeq).toBe(1);
  });

  it('keeps nothing of a session that ended while the store failed', async () => {
    const { session, sessions, beginOne } = archived.begin();
    const others = Array.from({ length: 8 }, () => beginOne());
    const refuse = refusing(archived.store, 'append', 'replace');
    for (const other of others) other.session.deliver('{"type":"notice"}');

    sessions.forget(session);
    refuse.end();

    expect(archived.names.filter((name) => name.startsWith(session.id))).toEqual([]);
  });

  it('tells a store again of a session that is over', async () => {
    const { session, sessions, archive } = archived.begin();
    const refuse = refusing(archived.store, 'remove');
    sessions.forget(session);
    expect(archived.names).toHaveLength(1);
    refuse.end();

    archive.catchUp();

    expect(archived.names).toEqual([]);
  });

  it('writes a session anew before it adds to it, where it could not be when it was claimed', async () => {
    const { session } = archived.begin();
    session.deliver('{"type":"notice"}');
    const claim = archived.store.claim.bind(archived.store);
    const behind = async (id: string) => ({ fence: 1, lines: [], ...(await claim(id)), isBehind: true });
    Object.assign(archived.store, { claim: behind });

    const { sessions, outcome } = await archived.restoreAll();
    sessions.get(session.id)?.deliver('{"type":"notice"}');

    expect(outcome.restored).toBe(1);
    const { record, lastSeq } = await archived.left(session.id);
    expect([record.whole, lastSeq]).toEqual([true, 2]);
  });

  it('does not let a session grow with each restart', async () => {
    const { session } = archived.begin();
    session.deliver(JSON.stringify({ text: 'x'.repeat(60_000) }));

    for (let restart = 0; restart < 6; restart += 1) {
      const { sessions } = await archived.restoreAll();
      sessions.get(session.id)?.deliver(JSON.stringify({ text: 'x'.repeat(60_000) }));
      archived.store.release(session.id);
    }

    expect(archived.bytesOnDisk).toBeLessThan(2 * PART_BYTES);
  });

  it('numbers what comes after a kill behind what the client has, and the store may not have', async () => {
    // The process that is killed writes nothing any more.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { session, journal } = archived.begin();
    void journal.begin({ id: 'long', tool: 'git_push' });
    journal.settle();
    void journal.begin({ id: 'quick', tool: 'git_log' }, true);
    session.deliver('{"type":"tools/call/result"}', 'quick');

    archived.restore(await archived.left(session.id));
    const { outbox, ...third } = archived.restore(await archived.left(session.id));
    const connection = new RecordingConnection();
    if (outbox.meet(1)) third.journal.renew();
    void third.journal.save();
    outbox.attach(connection, 1);

    expect(connection.texts).toEqual(['{"type":"interrupted","seq":2}']);
    const { record: stored, frames, unfinished } = await archived.left(session.id);
    expect(frames.map(({ seq }) => seq)).toEqual([2]);
    expect([stored.provisionalFrom, unfinished]).toEqual([undefined, []]);
  });
});

/** A store whose methods fail as on a full disk, until the end. */
function refusing(store: FileSessionStore, ...methods: readonly (keyof FileSessionStore)[]) {
  for (const method of methods)
    Object.defineProperty(store, method, {
      configurable: true,
      value: () => {
        throw new Error('no space left');
      },
    });
  return {
    end: () => {
      for (const method of methods) Reflect.deleteProperty(store, method);
    },
  };
}
