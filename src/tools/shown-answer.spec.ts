import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ServerError } from '../shared/errors/index.js';
import { shownAnswer, shownError } from './shown-answer.js';

const shown = (text: string) => shownAnswer({ text, structured: { list: [{ text }] } });
const inStructure = (text: string) => (shown(text).structured as { list: { text: string }[] }).list[0]?.text;

describe('What a model is shown', () => {
  it.each([
    ['a bidirectional override', 'a\u202Eb', 'a\\u{202e}b', 'a\\u{202e}b'],
    ['a zero-width space', 'a\u200Bb', 'a\\u{200b}b', 'a\\u{200b}b'],
    ['a tag, which spells hidden words', 'a\u{E0041}', 'a\\u{e0041}', 'a\\u{e0041}'],
    ['an escape sequence, which JSON escapes', '\u001B[2J', '\\u{1b}[2J', '\u001B[2J'],
    ['a carriage return that overwrites its line', 'ab\rc', 'ab\\u{d}c', 'ab\rc'],
    ['a control character that JSON leaves', 'a\u009Bb', 'a\\u{9b}b', 'a\\u{9b}b'],
    [
      'the line ends of Windows as they are',
      'a\r\nb\u200B\r\n',
      'a\r\nb\\u{200b}\r\n',
      'a\r\nb\\u{200b}\r\n',
    ],
    ['a token in a URL', 'see https://ghp_abc@host/x', 'see https://***@host/x', 'see https://***@host/x'],
    ['a password in any URL', 'ftp://me:pass@host', 'ftp://me:***@host', 'ftp://me:***@host'],
    ['the user of ssh as it is', 'ssh://git@host/x', 'ssh://git@host/x', 'ssh://git@host/x'],
  ])('%s', (_, text, asText, structured) => {
    expect(shown(text).text).toBe(asText);
    expect(inStructure(text)).toBe(structured);
  });

  it('is the same object where nothing had to be changed', () => {
    const structured = { files: [{ path: 'a/b.txt', size: 1, from: null }] };

    expect(shownAnswer({ text: '', structured }).structured).toBe(structured);
  });

  it('hides nothing, whatever a repository says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const answer = shown(text);

        expect(answer.text.replaceAll('\r\n', '')).not.toMatch(/\p{Cf}|\p{Cs}|[^\P{Cc}\n\t]/u);
        expect(JSON.stringify(answer.structured)).not.toMatch(/\p{Cf}|\p{Cs}|\p{Cc}/u);
      }),
      { numRuns: 100 },
    );
  });

  it('holds for errors as well, which keep their code and time to wait', () => {
    const error = new ServerError('repository_busy', 'busy', {
      details: { paths: ['a\u202Eb'] },
      retryAfterMs: 5,
    });

    expect(shownError(error)).toMatchObject({
      code: 'repository_busy',
      message: 'busy',
      details: { paths: ['a\\u{202e}b'] },
      retryAfterMs: 5,
      cause: error,
    });
    const plain = new ServerError('operation_failed', 'x', { details: { reason: 'y' } });
    expect(shownError(plain)).toBe(plain);
  });
});
