import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { countLines, cutAtLine, quotePath, unquotePath } from './patch-text.js';

describe('A name in a patch', () => {
  it.each([
    ['plain.txt', 'plain.txt'],
    ['with space', 'with space'],
    ['ünï', 'ünï'],
    ['quo"te', '"quo\\"te"'],
    ['back\\slash', '"back\\\\slash"'],
    ['new\nline', '"new\\nline"'],
    ['bell\u0007', '"bell\\a"'],
    ['one\u0001', '"one\\001"'],
    ['delete\u007f', '"delete\\177"'],
  ])('%j is printed as %s', (name, printed) => {
    expect(quotePath(name)).toBe(printed);
  });
});

describe('A patch that is too long', () => {
  it('is cut at the end of a line', () => {
    expect(cutAtLine('one\ntwo\nthree\n', 9)).toEqual({ text: 'one\ntwo\n', truncated: true });
  });

  it('is left as it is where it just fits', () => {
    expect(cutAtLine('äöü\n', 7)).toEqual({ text: 'äöü\n', truncated: false });
  });

  it('is nothing where its first line does not fit', () => {
    expect(cutAtLine('a long line\n', 5)).toEqual({ text: '', truncated: true });
  });

  it('is a beginning of itself, whole lines, never over the limit, and as much as fits', () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom('grapheme' as const, 'grapheme-ascii' as const)
          .chain((unit) => fc.array(fc.string({ unit }), { maxLength: 20 })),
        fc.nat(200),
        (lines, limit) => {
          const text = lines.map((line) => `${line}\n`).join('');
          const { text: cut, truncated } = cutAtLine(text, limit);

          expect(text.startsWith(cut)).toBe(true);
          expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(limit);
          expect(truncated).toBe(cut !== text);
          const withNextLine = text.slice(0, text.indexOf('\n', cut.length) + 1);
          expect(truncated && Buffer.byteLength(withNextLine) <= limit).toBe(false);
        },
      ),
    );
  });
});

describe('Counted lines', () => {
  it('are those with a sign, not those that mark the end of a file', () => {
    expect(countLines('@@ -1,2 +1,3 @@\n a\n-b\n+c\n+d\n\\ No newline at end of file\n')).toEqual({
      additions: 2,
      deletions: 1,
    });
  });
});

describe('unquotePath', () => {
  it('takes back what quotePath wrote, whatever the name', () => {
    const same = fc.property(fc.string({ unit: 'binary' }), (name) => unquotePath(quotePath(name)) === name);

    expect(() => fc.assert(same)).not.toThrow();
  });

  it('reads bytes that git writes in octal digits', () => {
    expect(unquotePath('"\\351\\377 \\t"')).toBe('\u00e9\u00ff \t');
  });
});
