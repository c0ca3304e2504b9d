import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { moveFile, refuseOutside } from './file-moves.js';

const SHARED_MEMORY = '/dev/shm';
const deviceOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.dev;
const HERE = deviceOf(tmpdir());
const OTHERS = [tmpdir(), ...(deviceOf(SHARED_MEMORY) === HERE ? [] : [SHARED_MEMORY])];

describe.each(OTHERS)('A file of the work tree that moves from the temporary folder to %s', (other) => {
  let from: string;
  let to: string;

  beforeEach(() => {
    from = mkdtempSync(join(tmpdir(), 'moves-'));
    to = mkdtempSync(join(other, 'moves-'));
  });

  afterEach(() => {
    [from, to].forEach((path) => rmSync(path, { recursive: true }));
  });

  it('arrives whole, with its mode, in folders that are made for it', () => {
    mkdirSync(join(from, 'a/b'), { recursive: true });
    writeFileSync(join(from, 'a/b/c'), 'c', { mode: 0o750 });

    moveFile(from, to, 'a/b/c');

    expect(readFileSync(join(to, 'a/b/c'), 'utf8')).toBe('c');
    expect(statSync(join(to, 'a/b/c')).mode & 0o777).toBe(0o750);
    expect([readdirSync(join(from, 'a/b')), readdirSync(join(to, 'a/b'))]).toEqual([[], ['c']]);
  });

  it('arrives as a link where it is one, whatever that leads to', () => {
    symlinkSync('/nowhere', join(from, 'link'));

    moveFile(from, to, 'link');

    expect(readlinkSync(join(to, 'link'))).toBe('/nowhere');
    expect(readdirSync(from)).toEqual([]);
  });

  it('takes the place of an empty folder, and of nothing else', () => {
    for (const name of ['empty', 'full', 'file']) writeFileSync(join(from, name), name);
    ['empty', 'full', 'full/of'].forEach((name) => mkdirSync(join(to, name)));
    writeFileSync(join(to, 'file'), 'somebody’s');

    moveFile(from, to, 'empty');

    expect(readFileSync(join(to, 'empty'), 'utf8')).toBe('empty');
    for (const name of ['full', 'file']) expect(() => moveFile(from, to, name)).toThrow('stands where');
    expect(readFileSync(join(to, 'file'), 'utf8')).toBe('somebody’s');
  });

  it('goes through no link, and makes no folder behind one', () => {
    const outside = join(to, 'outside');
    mkdirSync(join(from, 'link/folder'), { recursive: true });
    mkdirSync(outside);
    for (const file of ['link/file', 'link/folder/file']) writeFileSync(join(from, file), 'x');
    symlinkSync(outside, join(to, 'link'));

    for (const file of ['link/file', 'link/folder/file'])
      expect(() => moveFile(from, to, file)).toThrow('stands where');
    expect(readdirSync(outside)).toEqual([]);
  });
});

it.each(['../a', 'a/../b', '/a', 'a//b', '.git/config', 'a/.GIT/hooks/x', 'a\0b'])(
  'A record that names %j is refused',
  (path) => {
    expect(() => refuseOutside(path)).toThrow('not of the work tree');
  },
);
