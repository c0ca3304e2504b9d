import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ArchivedSessions, PART_BYTES } from '../../../test/support/archived-sessions.js';
import { RecordingLogger } from '../../../test/support/recording-logger.js';
import { readStored } from '../store/stored-session.js';

describe('SessionArchive of sessions that outgrow a file, or that the store has missed something of', () => {
  let archived: ArchivedSessions;

  beforeEach(async () => {
    archived = await ArchivedSessions.open();
  });

  afterEach(async () => {
    Logger.overrideLogger(['log', 'warn', 'error']);
    await archived.close();
  });

  it('begins a part with what is unfinished, and has no file for the parts before the last', async () => {
    const { session, journal } = archived.begin();
    void journal.begin({ id: 'long', tool: 'git_push', before: { head: 'a' } });

    for (let index = 0; index < 200; index += 1) session.deliver(JSON.stringify({ text: 'x'.repeat(2_000) }));

    const { frames, unfinished } = await archived.left(session.id);
    expect(unfinished).toEqual([{ id: 'long', tool: 'git_push', before: { head: 'a' } }]);
    expect(frames.at(-1)?.seq).toBe(200);
    expect(archived.bytesOnDisk).toBeLessThan(2 * PART_BYTES);
    expect(readdirSync(archived.path).toSorted()).toEqual([
      `${session.id}.session`,
      `${session.id}.session.before`,
      'owner.json',
    ]);
  });

  it('loses nothing that is written where the disk takes half of what a part begins with', () => {
    const { session, outbox } = archived.begin();
    Logger.overrideLogger(new RecordingLogger());
    const found: (number | undefined)[] = [];
    archived.store.beginPart = (id, _fence, lines) => {
      const before = readFileSync(join(archived.path, `${id}.session`), 'utf8')
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
    const { session, journal } = archived.begin();
    const parts: string[] = [];
    const beginPart = archived.store.beginPart.bind(archived.store);
    archived.store.beginPart = (...given) => {
      parts.push(given[0]);
      return beginPart(...given);
    };

    for (let index = 0; parts.length === 0; index += 1) {
      for (const id of [`first${index}`, `second${index}`]) void journal.begin({ id, tool: 'git_log' });
      session.deliver(JSON.stringify({ text: 'x'.repeat(2_000) }), `first${index}`);
      session.deliver(JSON.stringify({ text: 'y' }), `second${index}`);
    }

    expect((await archived.left(session.id)).unfinished).toEqual([]);
  });

  it('goes on in parts after a store that failed has everything again', async () => {
    const { session, outbox, journal } = archived.begin();
    const append = archived.store.append.bind(archived.store);
    archived.store.append = refuse;
    session.deliver(JSON.stringify({ text: 'missed' }));
    archived.store.append = append;
    void journal.begin({ id: 'quick', tool: 'git_log' }, true);
    session.deliver('{"type":"tools/call/result"}', 'quick');
    expect((await archived.left(session.id)).lastSeq).toBe(outbox.lastSeq);

    for (let index = 0; index < 100; index += 1) session.deliver(JSON.stringify({ text: 'x'.repeat(2_000) }));

    const { frames } = await archived.left(session.id);
    expect(frames.slice(-outbox.kept.length)).toEqual(outbox.kept);
  });

  it('says that sessions are stored again once all of them are, those that are idle too', async () => {
    const { session: idle, beginOne } = archived.begin();
    const [small, busy] = [beginOne().session, beginOne().session];
    const logger = new RecordingLogger();
    Logger.overrideLogger(logger);
    const { append, replace } = archived.store;
    Object.assign(archived.store, { append: refuse, replace: refuse });
    for (const session of [idle, busy]) session.deliver(JSON.stringify({ text: 'missed' }));

    archived.store.append = append;
    small.deliver(JSON.stringify({ text: 'fits into the last block' }));
    await setImmediate();
    archived.store.replace = replace;
    busy.deliver(JSON.stringify({ text: 'fits again' }));
    await setImmediate();

    expect((await archived.left(idle.id)).frames).toMatchObject([
      { text: expect.stringContaining('missed') },
    ]);
    expect(logger.lines.map(({ message }) => message)).toEqual([
      'Sessions cannot be stored and are served from memory',
      'Sessions are stored again',
    ]);
  });
});

function refuse(): never {
  throw new Error('no room');
}
