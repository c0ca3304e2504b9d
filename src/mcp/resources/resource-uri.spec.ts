import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatResourceUri, parseResourceUri, type ResourceAddress } from './resource-uri.js';

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
const kinds = ['HEAD', 'branches', 'tags', 'status'] as const;

const addresses: fc.Arbitrary<ResourceAddress> = fc.oneof(
  fc.record({ kind: fc.constantFrom(...kinds), repository: text }),
  fc.record({ kind: fc.constant('commit' as const), repository: text, revision: text }),
  fc.record({
    kind: fc.constantFrom('file' as const, 'tree' as const),
    repository: text,
    revision: text,
    path: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  }),
);

describe('The URI of a resource', () => {
  it('reads back what it was made of, whatever names there are', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        expect(parseResourceUri(formatResourceUri(address))).toEqual(address);
      }),
    );
  });

  it('holds only characters that a URI may hold', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        expect(formatResourceUri(address)).toMatch(/^git:\/\/\/[A-Za-z0-9._~%/-]+$/);
      }),
    );
  });

  it('takes any text without an exception', () => {
    fc.assert(
      fc.property(fc.string(), fc.boolean(), (rest, ours) => {
        const parsed = parseResourceUri(ours ? `git:///${rest}` : rest);
        expect(parsed === undefined || parsed.repository !== '').toBe(true);
      }),
    );
  });

  it.each<[string, ResourceAddress]>([
    ['git:///%2Fsrv%2Fapp/HEAD', { kind: 'HEAD', repository: '/srv/app' }],
    [
      'git:///%2Fsrv%2Fapp/commit/feature%2Fx',
      { kind: 'commit', repository: '/srv/app', revision: 'feature/x' },
    ],
    [
      'git:///%2Fsrv%2Fapp/file/v1.0/src/main.ts',
      { kind: 'file', repository: '/srv/app', revision: 'v1.0', path: Buffer.from('src/main.ts') },
    ],
    [
      'git:///%2Fsrv%2Fapp/tree/HEAD/',
      { kind: 'tree', repository: '/srv/app', revision: 'HEAD', path: Buffer.from('') },
    ],
  ])('is %s', (uri, address) => {
    expect([formatResourceUri(address), parseResourceUri(uri)]).toEqual([uri, address]);
  });

  it('may have its slashes and other letters unencoded where they can mean only one thing', () => {
    const loose = [
      parseResourceUri('git:///%2fsrv%2fapp/commit/feature/x'),
      parseResourceUri('git:///%2Fsrv%2Fapp/file/HEAD/src%2Fa b#c?.ts'),
      parseResourceUri('git:///%2Fsrv%2Fapp/tree/HEAD'),
    ];

    expect(loose).toEqual([
      { kind: 'commit', repository: '/srv/app', revision: 'feature/x' },
      { kind: 'file', repository: '/srv/app', revision: 'HEAD', path: Buffer.from('src/a b#c?.ts') },
      { kind: 'tree', repository: '/srv/app', revision: 'HEAD', path: Buffer.from('') },
    ]);
  });

  it.each([
    'git://host/HEAD',
    'file:///%2Fsrv/HEAD',
    'GIT:///%2Fsrv/HEAD',
    'git:////HEAD',
    'git:///%2Fsrv/head',
    'git:///%2Fsrv/HEAD/',
    'git:///%FF/HEAD',
    'git:///%2Fsrv/commit/',
    'git:///%2Fsrv/commit/%FF',
    'git:///%2Fsrv/file//a',
    'git:///%2Fsrv/file/HEAD/%4',
    `git:///%2Fsrv/file/HEAD/${'a'.repeat(8_192)}`,
  ])('is not %s', (uri) => {
    expect(parseResourceUri(uri)).toBeUndefined();
  });
});
