import { describe, expect, it } from 'vitest';

import { maskUrlSecrets } from './mask-secrets.js';

describe('Credentials in URLs', () => {
  it.each([
    ['https://user:secret@host/a', 'https://***@host/a'],
    ['https://user:p@ss@host/a', 'https://***@host/a'],
    ['ssh://git:p@ss@host/a', 'ssh://git:***@host/a'],
    ['ssh://git@host/a', 'ssh://git@host/a'],
    ['https://host/a@b', 'https://host/a@b'],
    ['from https://a:b@one/x to https://c@two/y', 'from https://***@one/x to https://***@two/y'],
  ])('are masked in %s', (text, masked) => {
    expect(maskUrlSecrets(text)).toBe(masked);
  });
});
