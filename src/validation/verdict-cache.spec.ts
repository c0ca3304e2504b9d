import { describe, expect, it } from 'vitest';

import { type FieldIssue } from '../shared/errors/index.js';
import { VerdictCache } from './verdict-cache.js';
import { verdictKey } from './verdict-key.js';

const issue = (path: string): FieldIssue[] => [
  { path, constraint: 'isString', message: `${path} must be a string` },
];

describe('VerdictCache', () => {
  it('decides once for the same key and counts hits and misses', () => {
    const cache = new VerdictCache(10, true);
    let decisions = 0;
    const decide = (): FieldIssue[] => {
      decisions += 1;
      return issue('a');
    };

    const first = cache.recall('k', decide);
    const second = cache.recall('k', decide);

    expect(second).toEqual(first);
    expect(decisions).toBe(1);
    expect(cache.stats()).toEqual({
      enabled: true,
      hits: 1,
      misses: 1,
      size: 1,
      maxEntries: 10,
      hitRate: 0.5,
    });
  });

  it('keeps the bound and forgets what was not seen for longest', () => {
    const cache = new VerdictCache(2, true);
    cache.recall('a', () => issue('a'));
    cache.recall('b', () => issue('b'));
    cache.recall('a', () => issue('never'));
    cache.recall('c', () => issue('c'));

    expect(cache.stats().size).toBe(2);
    expect(cache.recall('a', () => issue('anew'))).toEqual(issue('a'));
    expect(cache.recall('b', () => issue('anew'))).toEqual(issue('anew'));
  });

  it.each([
    ['while disabled', (cache: VerdictCache) => cache.disable(), 'k'],
    ['without a key', () => undefined, undefined],
    ['under a key that is too long', () => undefined, 'k'.repeat(5_000)],
  ])('remembers nothing %s', (_, prepare, key) => {
    const cache = new VerdictCache(10, true);
    prepare(cache);

    cache.recall(key, () => issue('a'));

    expect(cache.recall(key, () => issue('b'))).toEqual(issue('b'));
    expect(cache.stats()).toMatchObject({ size: 0, hits: 0, misses: 0, hitRate: 0 });
  });

  it('forgets everything when it is cleared or disabled, and works again when enabled', () => {
    const cache = new VerdictCache(10, true);
    cache.recall('k', () => issue('a'));
    cache.clear();
    expect(cache.stats().size).toBe(0);

    cache.recall('k', () => issue('b'));
    cache.disable();
    cache.enable();

    expect(cache.stats()).toMatchObject({ enabled: true, size: 0 });
    expect(cache.recall('k', () => issue('c'))).toEqual(issue('c'));
  });

  it('hands out verdicts that no caller can change for the next one', () => {
    const cache = new VerdictCache(10, true);
    const [first] = cache.recall('k', () => issue('a'));

    expect(() => Object.assign(first as object, { message: 'changed' })).toThrow(TypeError);
  });
});

describe('verdictKey', () => {
  it('is the same for messages that differ in a valid id alone', () => {
    expect(verdictKey('0', { id: 'a', x: 1 }, true)).toBe(verdictKey('0', { id: 'b', x: 1 }, true));
  });

  it.each([
    ['an invalid id', verdictKey('0', { id: 1, x: 1 }, false), verdictKey('0', { id: 2, x: 1 }, false)],
    ['any other value', verdictKey('0', { id: 'a', x: 1 }, true), verdictKey('0', { id: 'a', x: 2 }, true)],
    ['the class', verdictKey('0', { x: 1 }, true), verdictKey('1', { x: 1 }, true)],
  ])('differs with %s', (_, one, other) => {
    expect(one).not.toBe(other);
  });

  it.each([
    ['a long text', { a: 'x'.repeat(2_000) }],
    ['many fields', Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`k${index}`, 1]))],
    ['many items deep inside', { a: { b: Array.from({ length: 200 }, () => 0) } }],
  ])('is none for a message with %s', (_, message) => {
    expect(verdictKey('0', message, true)).toBeUndefined();
  });
});
