import {
  appendFileSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TemporaryFolder } from '../../../test/support/temporary-folder.js';
import { thisProcess } from '../../shared/process-identity.js';
import { FileSessionStore } from './file-session.store.js';

const ID = '0b0e7f3c-5d86-4a83-9a1e-0d3f5b1f8f11';
const OTHER = '1c0e7f3c-5d86-4a83-9a1e-0d3f5b1f8f22';

describe('FileSessionStore', () => {
  let folder: TemporaryFolder;
  let store: FileSessionStore;
  const fileOf = (id: string) => join(folder.path, `${id}.session`);

  beforeEach(async () => {
    folder = new TemporaryFolder();
    store = new FileSessionStore(folder.path);
    await store.open();
  });

  afterEach(async () => {
    await store.close();
    folder.remove();
  });

  it('gives back what was added, in order, without having been closed', async () => {
    store.append(ID, 1, ['one']);
    store.append(OTHER, 1, ['else']);
    store.append(ID, 1, ['two']);

    const next = new FileSessionStore(folder.path);

    expect((await next.owned()).toSorted()).toEqual([ID, OTHER]);
    expect((await next.claim(ID))?.lines).toEqual(['one', 'two']);
  });

  it.each([
    ['more than a usual write', ['x'.repeat(200_000), 'y'.repeat(10)]],
    ['many that are more together', Array.from({ length: 100 }, (_, index) => `${index}`.repeat(1_000))],
    ['of characters with up to four bytes', ['é€😀'.repeat(9_000), 'ä']],
  ])('writes lines whole that are %s', async (_, lines) => {
    store.append(ID, 1, lines);

    expect((await store.claim(ID))?.lines).toEqual(lines);
  });

  it('can be read by nobody else', () => {
    store.append(ID, 1, ['one']);

    expect(statSync(fileOf(ID)).mode & 0o777).toBe(0o600);
  });

  it('puts new lines in the place of the old ones at once, and adds to them', async () => {
    store.append(ID, 1, ['old']);
    store.replace(ID, 1, ['new', 'newer']);
    store.append(ID, 1, ['newest']);

    expect((await store.claim(ID))?.lines).toEqual(['new', 'newer', 'newest']);
    expect(readdirSync(folder.path).toSorted()).toEqual([`${ID}.session`, 'owner.json']);
  });

  it('drops a last line that has no end, and goes on after the one before it', async () => {
    store.append(ID, 1, ['whole']);
    appendFileSync(fileOf(ID), 'hal');

    expect((await store.claim(ID))?.lines).toEqual(['whole']);
    store.append(ID, 1, ['next']);

    expect(readFileSync(fileOf(ID), 'utf8')).toBe('whole\nnext\n');
  });

  it('has nothing more to do with the descriptor of a file that could not be closed', async () => {
    store.append(ID, 1, ['one']);
    closeSync(descriptorOf(fileOf(ID)));

    expect(() => store.release(ID)).toThrow('EBADF');

    const taken = openSync('/dev/null', 'w');
    store.append(ID, 1, ['two']);
    store.release(ID);
    closeSync(taken);
    expect((await store.claim(ID))?.lines).toEqual(['one', 'two']);
  });

  it('leaves nothing of a session, not even what was being written when the server was killed', async () => {
    store.append(ID, 1, ['one']);
    for (const name of ['next', 'spare', 'before']) writeFileSync(`${fileOf(ID)}.${name}`, 'old\n');

    store.remove(ID);

    expect(readdirSync(folder.path)).toEqual(['owner.json']);
  });

  it('has the current part and the one before it, and none of those before', async () => {
    store.append(ID, 1, ['first']);
    store.beginPart(ID, 1, ['second']);
    store.append(ID, 1, ['more']);
    store.beginPart(ID, 1, ['third']);

    expect((await store.claim(ID))?.lines).toEqual(['second', 'more', 'third']);
    expect(await store.owned()).toEqual([ID]);
  });

  it.each([
    ['the older part is gone', { session: 'second\n' }, ['second']],
    [
      'the current part is the one before, and there is no other',
      { 'session.before': 'second\n' },
      ['second'],
    ],
    ['the next part is made', { 'session.before': 'second\n', session: '' }, ['second']],
    ['the next part has half a line', { 'session.before': 'second\n', session: 'thi' }, ['second']],
    [
      'the next part has a line',
      { 'session.before': 'second\n', session: 'third\nfou' },
      ['second', 'third'],
    ],
  ])('goes on where a kill interrupted it as %s', async (_, files, lines) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, `${ID}.${name}`), text);

    expect(await store.owned()).toEqual([ID]);
    expect((await store.claim(ID))?.lines).toEqual(lines);
    store.append(ID, 1, ['next']);
    store.beginPart(ID, 1, ['last']);

    expect((await store.claim(ID))?.lines.slice(-2)).toEqual(['next', 'last']);
  });

  it('has one part after everything was put in the place of both', async () => {
    store.append(ID, 1, ['old']);
    store.beginPart(ID, 1, ['older']);
    store.replace(ID, 1, ['new']);

    expect((await store.claim(ID))?.lines).toEqual(['new']);
    expect(readdirSync(folder.path).toSorted()).toEqual([`${ID}.session`, 'owner.json']);
  });

  it('forgets what is removed, and knows nothing of names that are not its own', async () => {
    store.append(ID, 1, ['one']);
    store.beginPart(ID, 1, ['two']);
    store.remove(ID);
    writeFileSync(join(folder.path, 'notes.session'), 'mine');

    expect(await store.owned()).toEqual([]);
    expect(await store.claim(ID)).toBeUndefined();
    expect(await store.claim('../owner')).toBeUndefined();
  });

  it('keeps what cannot be read out of the way', async () => {
    store.append(ID, 1, ['damaged']);
    store.beginPart(ID, 1, ['as well']);
    store.release(ID);

    await store.quarantine(ID);

    expect(await store.owned()).toEqual([]);
    expect(readFileSync(join(folder.path, 'quarantine', `${ID}.session.before`), 'utf8')).toBe('damaged\n');
    expect(readFileSync(join(folder.path, 'quarantine', `${ID}.session`), 'utf8')).toContain('as well');
  });

  it('belongs to one running process', async () => {
    const parent = { ...thisProcess(), pid: process.ppid, startedAt: 0 };
    writeFileSync(join(folder.path, 'owner.json'), JSON.stringify(parent));

    expect(() => new FileSessionStore(folder.path).open()).toThrow(
      /belong to the running process \d+; set sessions.store.path/,
    );
  });

  it('is free again once the process is gone that had it, even where its id is another process now', async () => {
    const gone = { pid: process.ppid, startedAt: 1 };
    writeFileSync(join(folder.path, 'owner.json'), JSON.stringify(gone));

    await expect(new FileSessionStore(folder.path).open()).resolves.toBeUndefined();
  });
});

function descriptorOf(path: string): number {
  const open = readdirSync('/proc/self/fd').map(Number);
  return open.find((descriptor) => linkOf(descriptor) === path) ?? -1;
}

function linkOf(descriptor: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return undefined;
  }
}
