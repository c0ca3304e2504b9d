import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { visibleText } from './visible-text.js';

describe('visibleText', () => {
  it.each([
    ['an escape sequence', '\u001B[31mred', '\\u{1b}[31mred'],
    ['a bidirectional override', 'a\u202Eb', 'a\\u{202e}b'],
    ['a zero-width space', 'a\u200Bb', 'a\\u{200b}b'],
    ['a tag character', 'a\u{E0041}', 'a\\u{e0041}'],
    ['a hidden variation selector', 'a\u{E0100}', 'a\\u{e0100}'],
    ['a carriage return', 'a\r\n', 'a\\u{d}\n'],
    ['half of a surrogate pair', 'a\uD800b', 'a\u{FFFD}b'],
  ])('shows %s', (_, text, visible) => {
    expect(visibleText(text)).toBe(visible);
  });

  it('leaves tabs, line feeds, letters of all scripts and ordinary emoji as they are', () => {
    const text = 'a\tb\n\u00E9 \u4E2D \u05D0 \u{1F600} \u2764\uFE0F';

    expect(visibleText(text)).toBe(text);
  });

  it('leaves nothing unseen in any text, and nothing more to do', () => {
    assert(
      property(string({ unit: 'binary' }), (text) => {
        const visible = visibleText(text);

        expect(visible).not.toMatch(/\p{Cf}|\p{Cs}|[^\P{Cc}\n\t]/u);
        expect(visibleText(visible)).toBe(visible);
      }),
    );
  });
});
