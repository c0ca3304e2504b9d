import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { putInPlace } from './put-in-place.js';

/** Another file system where there is one, so that no hard link leads from it to the folder. */
const ELSEWHERE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

describe.each([
  ['with hard links', tmpdir()],
  ['without hard links', ELSEWHERE],
])('A file that is put in its place %s', (_what, from) => {
  let folder: string;
  let source: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'place-'));
    source = mkdtempSync(join(from, 'whole-'));
    path = join(folder, 'out.tar');
    writeFileSync(join(source, 'whole'), 'new');
  });

  afterEach(() => {
    for (const one of [folder, source]) rmSync(one, { recursive: true, force: true });
  });

  it('is there whole', async () => {
    await putInPlace(join(source, 'whole'), path);

    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  it('overwrites no file that is there', async () => {
    writeFileSync(path, 'old');

    await expect(putInPlace(join(source, 'whole'), path)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  it('follows no link that leads elsewhere', async () => {
    symlinkSync(join(folder, 'other'), path);

    await expect(putInPlace(join(source, 'whole'), path)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(existsSync(join(folder, 'other'))).toBe(false);
  });
});
