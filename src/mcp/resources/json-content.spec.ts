import { describe, expect, it } from 'vitest';

import { jsonList } from './json-content.js';

const items = ['a', 'b', 'c'].map((name) => ({ name }));
const SIZE = JSON.stringify(items[0]).length;

function listed(maxBytes: number): unknown {
  const content = jsonList({ of: 'repo' }, 'names', items, maxBytes);
  return 'text' in content && JSON.parse(content.text);
}

describe('A list as JSON', () => {
  it('is whole where it fits exactly', () => {
    expect(listed(3 * SIZE)).toEqual({ of: 'repo', total: 3, truncated: false, names: items });
  });

  it('is cut after the last entry that fits, and says so', () => {
    expect(listed(3 * SIZE - 1)).toEqual({ of: 'repo', total: 3, truncated: true, names: items.slice(0, 2) });
  });
});
