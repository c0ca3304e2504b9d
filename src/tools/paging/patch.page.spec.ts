import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { hunkPart } from './hunk-part.js';
import { patchPage, type PatchPosition } from './patch.page.js';
import { afterLines, filesOf, hunksOf, linesIn, type PatchHunk } from './patch.parser.js';

const START = { file: 0, hunk: 0, line: 0 };
const weigh = (text: string) => Buffer.byteLength(text);

/** Every page of a patch, each in so many bytes. */
function pagesOf(patch: string, bytes: number): string[] {
  const pages: string[] = [];
  let next: PatchPosition | undefined = START;
  while (next) {
    const page = patchPage(patch, next, { bytes, weigh });
    pages.push(page.text);
    next = page.next;
  }
  return pages;
}

const allLines = (patch: string) =>
  [...filesOf(patch)].flatMap((file) => [...hunksOf(file)].flatMap(({ body }) => [...linesIn(body)]));

/** So many lines of a hunk, from the one with this index. */
function linesOfHunk(hunk: PatchHunk, from: number, to: number): string {
  return hunkPart(hunk, afterLines(hunk.body, from), afterLines(hunk.body, to));
}

const header = (name: string) => `diff --git a/${name} b/${name}\n--- a/${name}\n+++ b/${name}\n`;
const linesOf = (count: number, mark: string) =>
  Array.from({ length: count }, (_, index) => `${mark}line ${index}\n`).join('');

const TWO_FILES = `${header('one')}@@ -1,20 +1,20 @@\n${linesOf(20, ' ')}${header('two')}@@ -1 +1,2 @@ here\n old\n+new\n`;

describe('A page of a patch', () => {
  it('is the whole patch where there is room', () => {
    expect(patchPage(TWO_FILES, START, { bytes: 10_000, weigh })).toEqual({
      text: TWO_FILES,
      lineCut: false,
    });
  });

  it('ends before a file that has no room', () => {
    const page = patchPage(TWO_FILES, START, { bytes: TWO_FILES.length - 1, weigh });

    expect(page.text).toBe(TWO_FILES.slice(0, TWO_FILES.indexOf(header('two'))));
    expect(page.next).toEqual({ file: 1, hunk: 0, line: 0 });
  });

  it('repeats the header of a file where it goes on within a hunk', () => {
    const pages = pagesOf(`${header('one')}@@ -1,50 +1,50 @@\n${linesOf(50, ' ')}`, 400);

    expect(pages.length).toBeGreaterThan(1);
    for (const page of pages) expect(page.startsWith(`${header('one')}@@ `)).toBe(true);
  });

  it('counts the lines of a part of a hunk anew', () => {
    const hunk = { range: '@@ -10,3 +10,4 @@ here\n', body: ' a\n-b\n+c\n+d\n e\n' };

    expect(linesOfHunk(hunk, 0, 3)).toBe('@@ -10,2 +10,2 @@ here\n a\n-b\n+c\n');
    expect(linesOfHunk(hunk, 3, 5)).toBe('@@ -12 +12,2 @@ here\n+d\n e\n');
  });

  it('gives a side without lines the number of the line before, as git does', () => {
    const patch = `${header('new')}@@ -0,0 +1,40 @@\n${linesOf(40, '+')}`;

    for (const page of pagesOf(patch, 300)) expect(page).toMatch(/^@@ -0,0 \+\d+(,\d+)? @@$/m);
  });

  it('counts the lines of every parent of a merge', () => {
    const body = '  base\n- one\n -two\n++both\n++more\n';
    const hunk = { range: '@@@ -1,2 -1,2 +1,3 @@@\n', body };

    expect(linesOfHunk(hunk, 0, 3).split('\n')[0]).toBe('@@@ -1,2 -1,2 +1,1 @@@');
    expect(linesOfHunk(hunk, 3, 5).split('\n')[0]).toBe('@@@ -2,0 -2,0 +2,2 @@@');
  });

  it('shows the beginning of a line that is longer than a page, and says what is missing', () => {
    const patch = `${header('min.js')}@@ -0,0 +1,2 @@\n+${'✓'.repeat(1_000)}\n+end\n`;
    const [first = '', second = ''] = pagesOf(patch, 400);

    expect(patchPage(patch, START, { bytes: 400, weigh }).lineCut).toBe(true);
    expect(first).toMatch(/✓ \[\d+ bytes of this line are left out\]\n$/);
    expect(first).not.toContain('\ufffd');
    expect(second).toContain('@@ -0,0 +2 @@\n+end\n');
  });

  it('takes no line of a file for the beginning of another', () => {
    const patch = `${header('a')}@@ -1,2 +1,2 @@\n-diff --git a/x b/x\n+@@ -1 +1 @@\n\\ No newline at end of file\n`;

    expect(allLines(patch)).toEqual([
      '-diff --git a/x b/x\n',
      '+@@ -1 +1 @@\n\\ No newline at end of file\n',
    ]);
  });

  it.each(['\r', '\u2028', '\u2029'])('takes no %j within a line for its end', (letter) => {
    const line = `+one${letter}diff --git a/x b/x${letter}@@ -1 +1 @@\n`;

    expect(allLines(`${header('a')}@@ -1 +1 @@\n${line}`)).toEqual([line]);
  });

  it('weighs nothing that has more characters than there is room for', () => {
    const patch = `${header('long')}@@ -0,0 +1,5000 @@\n${linesOf(5_000, '+')}`;
    let longest = 0;
    const weighed = (text: string) => {
      longest = Math.max(longest, text.length);
      return weigh(text);
    };

    patchPage(patch, { file: 0, hunk: 0, line: 900 }, { bytes: 500, weigh: weighed });

    expect(longest).toBeLessThanOrEqual(500);
  });

  it('cuts no line that the next page has room for', () => {
    const first = `${header('f0')}@@ -1 +1 @@\n \n@@ -1 +1 @@\n${' '.repeat(57)}\n`;
    const patch = `${first}${header('f1')}@@ -1 +1 @@\n${`${' '.repeat(11)}\n`.repeat(12)}`;

    expect(pagesOf(patch, 250)[0]).toBe(first);
    expect(pagesOf(patch, 250).flatMap(allLines)).toEqual(allLines(patch));
  });

  it('leaves out nothing, shows nothing twice and keeps to its room, whatever the sizes', () => {
    const line = fc.tuple(
      fc.constantFrom(' ', '+', '-'),
      fc.string({ maxLength: 30 }).map((text) => text.replaceAll('\n', '')),
    );
    const hunk = fc.array(
      line.map(([mark, text]) => `${mark}${text}\n`),
      { minLength: 1, maxLength: 30 },
    );
    const file = fc.array(hunk, { maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(file, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 250, max: 1_500 }),
        (files, bytes) => {
          const patch = files
            .map(
              (hunks, index) =>
                header(`f${index}`) + hunks.map((lines) => `@@ -1 +1 @@\n${lines.join('')}`).join(''),
            )
            .join('');
          const pages = pagesOf(patch, bytes);
          const shown = pages.flatMap(allLines);

          expect(shown).toEqual(files.flat(2));
          for (const page of pages) expect(weigh(page)).toBeLessThanOrEqual(bytes);
        },
      ),
    );
  });
});
