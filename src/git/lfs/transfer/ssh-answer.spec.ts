import { describe, expect, it } from 'vitest';

import { parseSshAnswer } from './ssh-answer.js';

const NOW = 1_700_000_000_000;
const answered = (answer: object) => parseSshAnswer(JSON.stringify(answer), NOW);

describe('What git-lfs-authenticate says', () => {
  it('is where the server is, what it is shown and for how long', () => {
    const header = { Authorization: 'Bearer x', Host: 'other.example.org', 'X-Number': 1 };

    expect(answered({ href: 'https://lfs.example.org/app/', header, expires_in: 60 })).toEqual({
      href: 'https://lfs.example.org/app',
      headers: { authorization: 'Bearer x' },
      untilMs: NOW + 55_000,
    });
  });

  it.each([
    ['nothing', {}, Infinity],
    ['seconds', { expires_in: 3_600 }, 3_595_000],
    ['a time', { expires_at: new Date(NOW + 60_000).toISOString() }, 55_000],
    ['both', { expires_at: new Date(NOW + 60_000).toISOString(), expires_in: 10 }, 5_000],
    ['no time', { expires_at: 'tomorrow', expires_in: 'x' }, Infinity],
    ['less than nothing', { expires_in: -1 }, Infinity],
  ])('is good for as long as %s says', (_what, expiry, ms) => {
    expect(answered({ href: '', ...expiry })).toEqual({ href: undefined, headers: {}, untilMs: NOW + ms });
  });

  it.each(['', 'Welcome to the server!', '[]', 'null', '"x"', '{"href": 1}'])('is not %j', (text) => {
    expect(() => parseSshAnswer(text, NOW)).toThrow(
      expect.objectContaining({ details: { reason: 'bad-answer' } }),
    );
  });

  it.each(['file:///etc/passwd', '/etc/passwd', 'ssh://git@example.org/x', 'git://example.org/x'])(
    'leads to no %s',
    (href) => {
      expect(() => answered({ href })).toThrow(expect.objectContaining({ code: 'operation_failed' }));
    },
  );

  it.each(['https://example.org/x?y', 'https://example.org/x#y', '--option', 'https://-o/x', 'https://a b/'])(
    'leads to no address like %s',
    (href) => {
      expect(() => answered({ href })).toThrow(
        expect.objectContaining({ details: { reason: 'invalid-url' } }),
      );
    },
  );
});
