import { describe, expect, it } from 'vitest';

import { bearerOf } from './bearer.js';

describe('bearerOf', () => {
  it.each([
    [undefined, undefined],
    ['Bearer abc', 'abc'],
    ['bearer   abc ', 'abc'],
    ['Basic YTpi', ''],
    ['Bearer', ''],
    ['Bearer a b', ''],
    ['', ''],
  ])('reads %j as %j', (header, token) => {
    expect(bearerOf(header)).toBe(token);
  });
});
