import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { configFindings } from './config-findings.js';

const listing = (...entries: readonly (readonly [string, string])[]) =>
  entries.map(([key, value]) => `${key}\n${value}\0`).join('');

describe('What is found in a configuration', () => {
  it.each([
    ['filter.a=b.clean', ''],
    ['filter.a.b.smudge', ''],
    ['filter.x.process', ''],
    ['filter.x.required', 'false'],
    ['diff.X.textconv', ''],
    ['diff.x.command', ''],
    ['credential.https://example.org.helper', ''],
    ['gpg.x509.program', 'false'],
    ['http.https://example.org/.proxy', ''],
    ['branch.main.mergeoptions', ''],
  ])('%s is overridden with %j', (key, value) => {
    expect(configFindings(listing([key, 'evil'])).overrides).toEqual([[key, value]]);
  });

  it('a merge driver is replaced by the ordinary merge', () => {
    const { overrides } = configFindings(listing(['merge.m.driver', 'evil']));

    expect(overrides).toEqual([['merge.m.driver', 'git merge-file --marker-size=%L %A %O %B']]);
  });

  it('a configured hook is switched off', () => {
    const { overrides } = configFindings(listing(['hook.h.event', 'post-commit']));

    expect(overrides).toEqual([['hook.h.enabled', 'false']]);
  });

  it('every filter of any name is overridden', () => {
    const name = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => !/[\n\0]/.test(text));
    fc.assert(
      fc.property(name, (driver) => {
        const key = `filter.${driver}.clean`;
        expect(configFindings(listing([key, 'evil'])).overrides).toContainEqual([key, '']);
      }),
    );
  });

  it.each([
    'url.ext::sh.insteadof',
    'remote.o.vcs',
    'core.gitproxy',
    'http.sslverify',
    'http.https://x.cookiefile',
    'fetch.bundleuri',
    'fetch.fsck.skiplist',
    'receive.fsck.skiplist',
  ])('%s is refused on the network', (key) => {
    expect(configFindings(listing([key, 'x']))).toMatchObject({ refused: [], refusedOnNetwork: [key] });
  });

  it('what a usual repository holds needs nothing', () => {
    const usual = listing(
      ['core.repositoryformatversion', '0'],
      ['remote.origin.url', 'https://example.org/x.git'],
      ['remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*'],
      ['branch.main.merge', 'refs/heads/main'],
      ['http.postbuffer', '1000'],
    );

    expect(configFindings(usual)).toMatchObject({
      overrides: [],
      refused: [],
      refusedOnNetwork: [],
      includes: [],
    });
  });

  it('more drivers than fit into a process are refused', () => {
    const many = Array.from({ length: 501 }, (_, index) => [`filter.f${index}.clean`, 'x'] as const);

    expect(configFindings(listing(...many)).refused).not.toEqual([]);
  });

  it('knows includes, the author, the work tree, and keys without a value', () => {
    const text = listing(['includeif.gitdir:/x.path', 'y'], ['user.name', 'Ada'], ['core.worktree', '../x']);

    const found = configFindings(`${text}core.bare\0`);

    expect(found).toMatchObject({ includes: ['y'], worktree: '../x' });
    expect(found.identity.get('user.name')).toBe('Ada');
  });
});
