import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { identifierOf, messageIn } from './message-id.js';

describe('The id that an error carries', () => {
  it.each([
    [{ id: 'a' }, 'a'],
    [{ id: 7 }, '7'],
    [{ id: '' }, null],
    [{ id: 'x'.repeat(129) }, null],
    [{ id: null }, null],
    [{ id: { id: 'a' } }, null],
    [{}, null],
    [[], null],
    [null, null],
    ['text', null],
  ])('of %j is %j', (message, id) => {
    expect(identifierOf(message)).toBe(id);
  });

  it('is null for any bytes that are not JSON, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const id = identifierOf(messageIn(Buffer.from(bytes)));

        expect(id === null || typeof id === 'string').toBe(true);
      }),
    );
  });
});
