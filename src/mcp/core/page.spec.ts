import { assert, integer, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { pageOf } from './page.js';

const LIST = Array.from({ length: 25 }, (_, index) => index);

function walk(size: number): number[] {
  const seen: number[] = [];
  let cursor: string | undefined;
  do {
    const page = pageOf('tools', LIST, cursor, size);
    seen.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return seen;
}

describe('Pages', () => {
  it('have every entry once and in order, whatever their size', () => {
    assert(
      property(integer({ min: 1, max: 30 }), (size) => {
        expect(walk(size)).toEqual(LIST);
      }),
    );
  });

  it('end without a cursor, also where the last one is full', () => {
    expect(pageOf('tools', LIST, undefined, 25)).toEqual({ items: LIST });
  });

  it('refuse every cursor that the list did not give', () => {
    const refused = expect.objectContaining({ code: -32602 });

    assert(
      property(string(), (cursor) => {
        expect(() => pageOf('tools', LIST, cursor, 10)).toThrow(refused);
      }),
    );
  });

  it('refuse the cursor of another list', () => {
    const { nextCursor } = pageOf('prompts', LIST, undefined, 10);

    expect(() => pageOf('tools', LIST, nextCursor, 10)).toThrow('list again without it');
  });

  it('are empty where the list has become shorter meanwhile', () => {
    const { nextCursor } = pageOf('tools', LIST, undefined, 20);

    expect(pageOf('tools', LIST.slice(0, 5), nextCursor, 20)).toEqual({ items: [] });
  });
});
