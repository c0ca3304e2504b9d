import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { CapturedOutput } from './captured-output.js';

describe('Captured output', () => {
  it('keeps what fits, and says when something did not', () => {
    const output = new CapturedOutput(5);
    output.push(Buffer.from('abc'));
    expect(output.truncated).toBe(false);
    output.push(Buffer.from('def'));

    expect([output.text(), output.truncated]).toEqual(['abcde', true]);
  });

  it('takes exactly the cap without a cut', () => {
    const output = new CapturedOutput(3);
    output.push(Buffer.from('abc'));

    expect([output.text(), output.truncated]).toEqual(['abc', false]);
  });

  it('leaves out the character that the cut went through, and keeps a byte order mark', () => {
    const output = new CapturedOutput(7);
    output.push(Buffer.from('\ufeffé✓'));

    expect(output.text()).toBe('\ufeffé');
  });

  it('shows bytes that are no text as U+FFFD', () => {
    const output = new CapturedOutput(10);
    output.push(Buffer.from([0x61, 0xff]));

    expect(output.text()).toBe('a\ufffd');
  });

  it('is the text of its bytes, whatever they are', () => {
    const letter = fc.oneof({ weight: 9, arbitrary: fc.integer({ max: 0x7f, min: 0 }) }, fc.nat(0xff));
    fc.assert(
      fc.property(fc.array(fc.array(letter)), (chunks) => {
        const output = new CapturedOutput(1_000_000);
        for (const chunk of chunks) output.push(Buffer.from(chunk));

        expect(output.text()).toBe(Buffer.from(chunks.flat()).toString());
      }),
    );
  });

  it('has every byte as one character where it is not to be read as text', () => {
    const output = new CapturedOutput(4, undefined, undefined, 'latin1');
    output.push(Buffer.from([0x00, 0xff, 0xc3, 0x28, 0x29]));

    expect(Buffer.from(output.text(), 'latin1')).toEqual(Buffer.from([0x00, 0xff, 0xc3, 0x28]));
  });

  it.each([1, 2, 3, 100])(
    'gives a part a limit of its own, wherever chunks of %i bytes cut its mark',
    (size) => {
      const output = new CapturedOutput(20, { mark: '\0\0diff', maxBytes: 8 });
      const bytes = Buffer.from('a\0b\0\0diff --git');
      for (let at = 0; at < bytes.length; at += size) output.push(bytes.subarray(at, at + size));

      expect([output.text(), output.truncated]).toEqual(['a\0b\0\0diff -', true]);
    },
  );

  it('has its own limit where the part never begins', () => {
    const output = new CapturedOutput(5, { mark: 'diff', maxBytes: 1 });
    output.push(Buffer.from('abcdi'));
    output.push(Buffer.from('gf'));

    expect([output.text(), output.truncated]).toEqual(['abcdi', true]);
  });
});
