import { describe, expect, it } from 'vitest';

import { Notes } from './notes.js';

describe('Notes on objects', () => {
  it('say of each object what was noted last', () => {
    const notes = new Notes<object, string>('test');
    const [one, other] = [{}, {}];

    notes.set(one, 'first');
    notes.set(one, 'last');

    expect([notes.get(one), notes.get(other)]).toEqual(['last', undefined]);
  });

  it('are apart from those of another kind', () => {
    const [notes, others] = [new Notes<object, string>('test'), new Notes<object, string>('test')];
    const key = {};

    notes.set(key, 'noted');

    expect(others.get(key)).toBeUndefined();
  });

  it('are not handed on to copies and heirs', () => {
    const notes = new Notes<object, string>('test');
    const key = { a: 1 };
    notes.set(key, 'noted');
    const heir = Object.create(key) as object;

    expect([{ ...key }, Object.assign({}, key), heir].map((copy) => notes.get(copy))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    notes.set(heir, 'of the heir');
    expect([notes.get(heir), notes.get(key)]).toEqual(['of the heir', 'noted']);
  });

  it('are seen by nobody else', () => {
    const key = { a: 1 };

    new Notes<object, string>('test').set(key, 'noted');

    expect([JSON.stringify(key), Object.keys(key)]).toEqual(['{"a":1}', ['a']]);
    expect(key).toEqual({ a: 1 });
  });

  it('are kept of frozen objects, whether frozen before or after', () => {
    const notes = new Notes<object, string>('test');
    const [before, after] = [Object.freeze({}), {}];
    notes.set(after, 'first');
    Object.freeze(after);

    for (const key of [before, after]) notes.set(key, 'last');

    expect([notes.get(before), notes.get(after)]).toEqual(['last', 'last']);
  });
});
