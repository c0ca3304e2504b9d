import { describe, expect, it } from 'vitest';

import { parsePointer } from './pointer.js';

const OID = '4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393';
const pointer = (...lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
const VERSION = 'version https://git-lfs.github.com/spec/v1';
const EXTENSION = `ext-0-crypt sha256:${'a'.repeat(64)}`;

describe('A pointer of Git LFS', () => {
  it('names content and size', () => {
    expect(parsePointer(pointer(VERSION, `oid sha256:${OID}`, 'size 12345'))).toEqual({
      oid: OID,
      size: 12_345,
      extended: false,
    });
  });

  it('may have gone through extensions', () => {
    const text = pointer(VERSION, EXTENSION, `oid sha256:${OID}`, 'size 0');

    expect(parsePointer(text)).toEqual({ oid: OID, size: 0, extended: true });
  });

  it.each(['https://hawser.github.com/spec/v1', 'http://git-media.io/v/2'])('may be of version %s', (url) => {
    expect(parsePointer(pointer(`version ${url}`, `oid sha256:${OID}`, 'size 1'))?.oid).toBe(OID);
  });

  it.each([
    ['another version', pointer('version https://example.org/v1', `oid sha256:${OID}`, 'size 1')],
    ['no version', pointer(`oid sha256:${OID}`, 'size 1')],
    ['no size', pointer(VERSION, `oid sha256:${OID}`)],
    ['a size that is no number', pointer(VERSION, `oid sha256:${OID}`, 'size -1')],
    ['a short id', pointer(VERSION, 'oid sha256:4d7a', 'size 1')],
    ['an id that leads elsewhere', pointer(VERSION, `oid sha256:../../${OID}`, 'size 1')],
    ['another hash', pointer(VERSION, `oid sha1:${OID}`, 'size 1')],
    ['a line more', pointer(VERSION, `oid sha256:${OID}`, 'size 1', 'url http://127.0.0.1')],
    ['an unknown key', pointer(VERSION, 'mode 1', `oid sha256:${OID}`, 'size 1')],
    [
      'more than 1,024 bytes',
      pointer(VERSION, ...Array<string>(12).fill(EXTENSION), `oid sha256:${OID}`, 'size 1'),
    ],
    ['nothing', ''],
  ])('is nothing with %s', (_what, text) => {
    expect(parsePointer(text)).toBeUndefined();
  });
});
