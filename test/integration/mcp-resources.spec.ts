import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { MAX_BYTES, reader, readerWith, ResourceHarness, signal } from './mcp-resources.harness.js';

describe('Resources of real repositories', () => {
  let harness: ResourceHarness;
  let repo: GitRepository;

  beforeEach(async () => {
    harness = await ResourceHarness.start();
    repo = harness.repo;
  });
  afterEach(async () => harness.close());

  it('tells where HEAD is, before and after the first commit and when detached', async () => {
    expect(await harness.json('HEAD')).toEqual({ repository: repo.path, branch: 'main', head: null });
    const sha = repo.commit('one');
    expect(await harness.json('HEAD')).toEqual({ repository: repo.path, branch: 'main', head: sha });
    repo.checkout(sha);
    expect(await harness.json('HEAD')).toEqual({ repository: repo.path, branch: null, head: sha });
  });

  it('lists branches, tags and the state of the work tree', async () => {
    const sha = repo.commit('one');
    repo.branch('feature/x').tag('v1');
    repo.git(['tag', '-a', '-m', 'second\n\nwith a body', 'v2']);
    repo.write('new.txt', 'new');

    const branches = await harness.json('branches');
    const tags = await harness.json('tags');
    const status = await harness.json('status');

    expect(branches).toMatchObject({ total: 2, branches: [{ name: 'feature/x' }, { name: 'main', sha }] });
    expect(tags).toMatchObject({ total: 2, truncated: false });
    expect(tags['tags']).toContainEqual(
      expect.objectContaining({ name: 'v2', sha, type: 'commit', annotated: true, subject: 'second' }),
    );
    expect(tags['tags']).toContainEqual({
      name: 'v1',
      sha,
      type: 'commit',
      annotated: false,
      subject: 'one',
      date: '2023-11-14T22:13:20+00:00',
    });
    expect(status).toMatchObject({
      branch: 'main',
      head: sha,
      total: 1,
      entries: [{ path: 'new.txt', index: '?', worktree: '?' }],
    });
  });

  it('cuts a list that is too long, and says how long it is', async () => {
    repo.commit('one');
    for (let index = 0; index < 60; index += 1) repo.branch(`branch-${index}`);

    const { total, truncated, branches } = await harness.json('branches');

    expect({ total, truncated }).toEqual({ total: 61, truncated: true });
    expect((branches as unknown[]).length).toBeLessThan(61);
  });

  it('shows a commit as git show does', async () => {
    repo.commitFiles('first', { 'a.txt': 'one\n' });
    repo.git(['checkout', '-q', '-b', 'feature/x']);
    const sha = repo.commitFiles('second', { 'a.txt': 'two\n' });

    const shown = await harness.text('commit/feature%2Fx');

    expect(shown).toContain(`commit ${sha}`);
    expect(shown).toContain('-one\n+two');
    expect(await harness.text('commit/feature/x')).toBe(shown);
    expect(await harness.text(`commit/${sha.slice(0, 8)}`)).toBe(shown);
  });

  it('reads text as text and everything else in base64', async () => {
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 0xff]);
    const latin1 = Buffer.from('caf\u00e9', 'latin1');
    repo.commitFiles('files', { 'docs/a b.md': '# h\u00e9\r\n', 'a.png': png, 'old.txt': latin1, empty: '' });

    expect(await harness.read('file/HEAD/docs/a%20b.md')).toEqual({
      uri: harness.uri('file/HEAD/docs/a%20b.md'),
      mimeType: 'text/markdown',
      text: '# h\u00e9\r\n',
    });
    expect(await harness.read('file/main/a.png')).toMatchObject({
      mimeType: 'image/png',
      blob: png.toString('base64'),
    });
    expect(await harness.read('file/main/old.txt')).toMatchObject({
      mimeType: 'application/octet-stream',
      blob: latin1.toString('base64'),
    });
    expect(await harness.read('file/main/empty')).toMatchObject({ mimeType: 'text/plain', text: '' });
  });

  it('reads each revision of a file, whatever the work tree holds', async () => {
    const first = repo.commitFiles('first', { 'a.txt': 'one\n' });
    repo.commitFiles('second', { 'a.txt': 'two\n' });
    repo.write('a.txt', 'three\n');

    const texts = [
      await harness.text(`file/${first}/a.txt`),
      await harness.text('file/HEAD~1/a.txt'),
      await harness.text('file/main/a.txt'),
    ];

    expect(texts).toEqual(['one\n', 'one\n', 'two\n']);
  });

  it('refuses a file above the limit instead of cutting it', async () => {
    repo.commitFiles('large', {
      'large.bin': Buffer.alloc(MAX_BYTES + 1, 1),
      'fits.bin': Buffer.alloc(MAX_BYTES, 0),
    });

    await expect(harness.read('file/HEAD/large.bin')).rejects.toMatchObject({
      code: 'operation_failed',
      details: { reason: 'too-large', size: MAX_BYTES + 1, limit: MAX_BYTES },
    });
    expect(await harness.read('file/HEAD/fits.bin')).toMatchObject({
      blob: Buffer.alloc(MAX_BYTES).toString('base64'),
    });
  });

  it('leads from the tree to every file in it, whatever its name', async () => {
    const names = [
      'plain.txt',
      'a b#c?d%41.txt',
      'n\u00e4me \u{1f600}',
      '"quoted"',
      'new\nline',
      '-dash',
      'back\\slash',
    ];
    repo.commitFiles('names', Object.fromEntries(names.map((name) => [`dir/${name}`, `I am ${name}`])));

    const tree = await harness.json('tree/HEAD/dir/');
    const entries = tree['entries'] as { name: string; type: string; uri: string }[];

    expect(entries.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    for (const { name, uri: named } of entries) {
      expect(await harness.catalog.read(named, reader, signal)).toMatchObject({ text: `I am ${name}` });
    }
  });

  it('reads a file whose name is no UTF-8 by the URI that the tree gives', async () => {
    writeFileSync(Buffer.concat([Buffer.from(repo.file('caf')), Buffer.from([0xe9])]), 'bytes');
    const sha = repo.commitFiles('odd', {});

    const { entries } = await harness.json(`tree/${sha}`);

    expect(entries).toMatchObject([{ name: 'caf\ufffd', uri: harness.uri(`file/${sha}/caf%E9`) }]);
    expect(await harness.text(`file/${sha}/caf%E9`)).toBe('bytes');
  });

  it('tells folders, programs, links and nested repositories apart', async () => {
    repo.write('run.sh', '#!/bin/sh\n', 0o755).write('dir/a', 'a');
    symlinkSync('dir/a', repo.file('link'));
    repo.git(['add', '--all']);
    repo.git(['update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},nested`]);
    repo.commit('kinds');

    const { entries } = await harness.json('tree/HEAD');

    expect(entries).toMatchObject([
      { name: 'dir', type: 'folder', uri: harness.uri(`tree/${repo.head()}/dir`) },
      { name: 'link', type: 'symlink', size: 5 },
      { name: 'nested', type: 'submodule', sha: '1'.repeat(40) },
      { name: 'run.sh', type: 'executable', size: 10 },
    ]);
    expect(await harness.read('file/HEAD/link')).toMatchObject({ mimeType: 'text/plain', text: 'dir/a' });
    expect(await harness.read('file/HEAD/nested')).toBeUndefined();
    expect(await harness.read('file/HEAD/dir')).toBeUndefined();
    expect(await harness.read('tree/HEAD/run.sh')).toBeUndefined();
  });

  it('reads nothing outside the roots, and nothing for who may not read', async () => {
    repo.commit('one');

    await expect(harness.catalog.read(harness.uri('HEAD', '/'), reader, signal)).rejects.toMatchObject({
      code: 'path_not_allowed',
    });
    const stranger = readerWith('git:write', 'admin');
    await expect(harness.catalog.read(harness.uri('HEAD'), stranger, signal)).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(harness.catalog.watch(harness.uri('HEAD'), stranger, () => undefined)).rejects.toMatchObject(
      {
        code: 'forbidden',
      },
    );
    expect(await harness.catalog.list(stranger, signal)).toEqual([]);
    expect(harness.catalog.templates(stranger.principal)).toEqual([]);
  });

  it('lists what every repository has, a bare one without a status', async () => {
    const bare = new GitRepository({ root: repo.root, name: 'nested/bare.git', bare: true });

    const listed = await harness.catalog.list(reader, signal);

    expect(listed.map((resource) => resource.uri)).toEqual([
      ...['HEAD', 'branches', 'tags'].map((kind) => harness.uri(kind, bare.path)),
      ...['HEAD', 'branches', 'tags', 'status'].map((kind) => harness.uri(kind)),
    ]);
  });

  it('has the templates that the documentation names', () => {
    const rows = readFileSync('docs/mcp.md', 'utf8').matchAll(/^\| `(git:[^`]+)`/gm);

    const templates = harness.catalog.templates(reader.principal).map(({ uriTemplate }) => uriTemplate);

    expect(templates).toEqual([...rows].map(([, uri]) => uri));
  });

  it('every listed resource and every template can be read', async () => {
    repo.commitFiles('one', { 'a.txt': 'a' });
    const listed = (await harness.catalog.list(reader, signal)).map((resource) => resource.uri);
    const filled = harness.catalog.templates(reader.principal).map(({ uriTemplate }) =>
      uriTemplate
        .replace('{repository}', encodeURIComponent(repo.path))
        .replace('{revision}', 'HEAD')
        .replace('{+path}', uriTemplate.includes('/file/') ? 'a.txt' : ''),
    );

    for (const each of [...listed, ...filled]) {
      expect(await harness.catalog.read(each, reader, signal)).toMatchObject({ uri: each });
    }
  });

  it('reads a repository with sha256 objects, and one without a work tree', async () => {
    const source = new GitRepository({ root: repo.root, name: 'source', objectFormat: 'sha256' });
    const head = source.commitFiles('one', { 'dir/a.txt': 'a' });
    const bare = source.cloneBare();

    for (const { path } of [source, bare]) {
      const file = await harness.catalog.read(harness.uri('file/HEAD/dir/a.txt', path), reader, signal);
      expect(file).toMatchObject({ text: 'a' });
      const content = await harness.catalog.read(harness.uri('HEAD', path), reader, signal);
      expect(content && 'text' in content && JSON.parse(content.text)).toMatchObject({
        branch: 'main',
        head,
      });
    }
  });
});

describe('What no resource is', () => {
  let harness: ResourceHarness;

  beforeAll(async () => {
    harness = await ResourceHarness.start();
    harness.repo.commitFiles('one', { 'a.txt': 'a' });
  });
  afterAll(async () => harness.close());

  it.each([
    'file/HEAD/missing',
    'file/HEAD/a.txt/below',
    'file/HEAD/',
    'file/HEAD/bad%zzescape',
    'tree/HEAD/missing',
    'HEAD/more',
    'nothing',
    '',
  ])('knows no resource %s', async (rest) => {
    expect(await harness.read(rest)).toBeUndefined();
  });

  it.each([
    'file/HEAD/../a.txt',
    'file/HEAD/%2e%2e/a.txt',
    'file/HEAD//a.txt',
    'tree/HEAD/a%00b',
    'file/HEAD/./a.txt',
  ])('refuses the path of %s', async (rest) => {
    await expect(harness.read(rest)).rejects.toMatchObject({ code: 'path_not_allowed' });
  });

  it.each(['commit/--output=x', 'file/-p/a.txt', 'tree/nowhere', 'commit/a%0Ab', 'commit/HEAD%00'])(
    'finds no revision for %s',
    async (rest) => {
      await expect(harness.read(rest)).rejects.toMatchObject({ code: 'revision_not_found' });
    },
  );
});
