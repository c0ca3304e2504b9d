import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { maskUrl, parseHttpUrl, parseRemoteUrl } from './remote-url.js';

describe('The URL of a remote', () => {
  it.each([
    ['https://example.org/a/b.git', { protocol: 'https', host: 'example.org', port: 443 }],
    ['https://EXAMPLE.org:8443/a', { protocol: 'https', host: 'example.org', port: 8443 }],
    ['http://[2001:db8::1]/a', { protocol: 'http', host: '2001:db8::1', port: 80 }],
    ['ssh://git@example.org:2222/a/b', { protocol: 'ssh', host: 'example.org', port: 2222 }],
    ['git@example.org:a/b.git', { protocol: 'ssh', host: 'example.org', port: 22 }],
    ['/srv/git/x.git', { protocol: 'file', path: '/srv/git/x.git' }],
    ['file:///srv/git/x%20y.git', { protocol: 'file', path: '/srv/git/x y.git' }],
  ])('%s is understood', (url, parts) => {
    expect(parseRemoteUrl(url.replace(' ', '%20'))).toMatchObject(parts);
  });

  it('loses its credential on the way, which is kept apart', () => {
    expect(parseRemoteUrl('https://ada:p%40ss@example.org/x')).toMatchObject({
      url: 'https://example.org/x',
      credential: 'ada:p@ss',
    });
  });

  it.each([
    '',
    '--upload-pack=touch owned',
    '-oProxyCommand=id',
    'ext::sh -c id',
    'ext::id',
    'fd::17',
    'transport::https://x/y',
    'ssh://-oProxyCommand=id/x',
    'ssh://git@-oProxyCommand=id/x',
    'ssh://-l@example.org/x',
    '-oProxyCommand=id:x',
    'host:-oProxyCommand=id',
    'https://-x/y',
    'https://good.org\\@evil.org/x',
    'https://good.org#@evil.org/x',
    'https://good.org?@evil.org/x',
    'https://a@b@evil.org/x',
    'https://good.org:99999/x',
    'https://good.org:/x',
    'https://exa mple.org/x',
    'https://example.org/x\n',
    'https://ada%0Aevil:x@example.org/x',
    'https://%65vil.org/x',
    'git://user@example.org/x',
    'ftp://example.org/x',
    'file://remote/x',
    'FILE:///etc',
    'HTTPS://example.org/x',
    'relative/path',
    '../up',
    `https://example.org/${'x'.repeat(3_000)}`,
  ])('%j is refused', (url) => {
    expect(() => parseRemoteUrl(url)).toThrow(
      expect.objectContaining({ details: { reason: 'invalid-url' } }) as Error,
    );
  });

  it('whatever is understood has a plain host, and means to others what it means to us', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'https://',
        'http://',
        'ssh://',
        'git@',
        ':',
        '/',
        '@',
        '-o',
        '::',
        '[',
        ']',
        '%2f',
        'example.org',
        '127.1',
        '#',
        '?',
        '\\',
        '.',
      ),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const remote = understood(pieces.join(''));
        if (remote?.protocol !== 'https' && remote?.protocol !== 'http') return;
        expect(remote.host).toMatch(/^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$|^[0-9a-f:.]+$/);
        // Only where the standard's parser takes the host for a name: it rewrites numbers, which the policy refuses.
        const standard = URL.canParse(remote.url)
          ? new URL(remote.url).hostname.replace(/^\[|\]$/g, '')
          : remote.host;
        expect(/[a-z]$/.test(standard) ? standard : remote.host).toBe(remote.host);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['https://user:token@example.org/x', 'https://***@example.org/x'],
    ['https://token@example.org/x', 'https://***@example.org/x'],
    ['HTTPS://token@example.org/x', 'HTTPS://***@example.org/x'],
    ['ssh://git@example.org/x', 'ssh://git@example.org/x'],
    ['ssh://git:pw@example.org/x', 'ssh://***@example.org/x'],
    ['git@example.org:x', 'git@example.org:x'],
    ['/srv/x@y', '/srv/x@y'],
  ])('%s is shown as %s', (url, shown) => {
    expect(maskUrl(url)).toBe(shown);
  });
});

describe('A URL that a server names', () => {
  it.each([
    ['https://example.org', 'example.org', '/'],
    ['https://example.org?a=b', 'example.org', '/?a=b'],
    ['https://example.org/a/b?x=%20&y=/@c', 'example.org', '/a/b?x=%20&y=/@c'],
    ['https://ada:pw@example.org:1//evil.org/ü', 'example.org', '//evil.org/%C3%BC'],
    [`https://example.org/?${'x'.repeat(4_000)}`, 'example.org', `/?${'x'.repeat(4_000)}`],
  ])('%s has a host and a path with its query', (url, host, path) => {
    const parsed = parseHttpUrl(url);

    expect([parsed.remote.host, parsed.path]).toEqual([host, path]);
  });

  it.each([
    'file:///etc/passwd',
    'ssh://example.org/a',
    '/srv/x',
    'https://example.org/a#b',
    'https://example.org/\r\nX-Header: y',
    'https://good.org?@evil.org#x',
    'https://good.org\\@evil.org/x',
    `https://example.org/?${'x'.repeat(17_000)}`,
  ])('%j is refused', (url) => {
    expect(() => parseHttpUrl(url)).toThrow(
      expect.objectContaining({ details: { reason: 'invalid-url' } }) as Error,
    );
  });
});

function understood(url: string) {
  try {
    return parseRemoteUrl(url);
  } catch {
    return undefined;
  }
}
