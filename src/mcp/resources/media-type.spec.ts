import { describe, expect, it } from 'vitest';

import { isText, mediaTypeOf } from './media-type.js';

const TEXT = Buffer.from('text');
const BYTES = Buffer.from([0x89, 0, 0xff]);

describe('The media type of a file', () => {
  it.each([
    ['README.md', TEXT, 'text/markdown'],
    ['a/B.JSON', TEXT, 'application/json'],
    ['logo.svg', TEXT, 'image/svg+xml'],
    ['Makefile', TEXT, 'text/plain'],
    ['main.rs', TEXT, 'text/plain'],
    ['x.constructor', TEXT, 'text/plain'],
    ['logo.png', BYTES, 'image/png'],
    ['data', BYTES, 'application/octet-stream'],
    ['x.constructor', BYTES, 'application/octet-stream'],
  ])('of %s is told by its name', (name, content, type) => {
    expect(mediaTypeOf(name, content)).toBe(type);
  });

  it('is never a picture where there is only text in its place, nor text where there are bytes', () => {
    const types = [mediaTypeOf('logo.png', TEXT), mediaTypeOf('README.md', BYTES)];

    expect(types).toEqual(['text/plain', 'application/octet-stream']);
  });

  it.each([
    ['nothing', Buffer.from(''), true],
    ['UTF-8 with a byte order mark', Buffer.from('\ufeffh\u00e9'), true],
    ['Latin-1', Buffer.from('h\u00e9', 'latin1'), false],
    ['a NUL', Buffer.from('a\0b'), false],
  ])('takes %s for text or not', (_, content, text) => {
    expect(isText(content)).toBe(text);
  });
});
