import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Logger } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { AppConfig } from '../../src/config/app.config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { GitModule } from '../../src/git/git.module.js';
import { RESOURCE_PROVIDERS } from '../../src/mcp/resources/index.js';
import {
  RESOURCE_CATALOG,
  type ResourceCatalog,
  type ResourceReader,
} from '../../src/mcp/resources/resource.js';
import { ResourceWatcher } from '../../src/mcp/resources/resource.watcher.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import { ResilienceModule } from '../../src/resilience/resilience.module.js';
import { type Scope } from '../../src/shared/principal.js';
import { eventually } from '../support/eventually.js';
import { GitRepository } from '../support/git-repository.js';

const signal = new AbortController().signal;
const WATCH_INTERVAL = 60;

function readerWith(...scopes: Scope[]): ResourceReader {
  return { sessionId: 's1', requestId: 'r1', principal: { name: 'ada', scopes: new Set(scopes) } };
}

const reader = readerWith('git:read');

describe('Resources of real repositories', () => {
  let repo: GitRepository;
  let module: TestingModule;
  let catalog: ResourceCatalog;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    repo = new GitRepository();
    const config = new AppConfig();
    config.git.roots = [repo.root];
    config.git.maxOutputBytes = 4_096;
    config.mcp.watchInterval = WATCH_INTERVAL;
    module = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(config),
        ObservabilityModule,
        ScheduleModule.forRoot(),
        GitModule,
        ResilienceModule,
      ],
      providers: RESOURCE_PROVIDERS,
    }).compile();
    await module.init();
    catalog = module.get<ResourceCatalog>(RESOURCE_CATALOG);
  });

  afterEach(async () => {
    await module.close();
    repo.remove();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  const uri = (rest: string, path = repo.path) => `git:///${encodeURIComponent(path)}/${rest}`;
  const read = (rest: string) => catalog.read(uri(rest), reader, signal);

  async function text(rest: string): Promise<string> {
    const content = await read(rest);
    return content && 'text' in content ? content.text : '';
  }

  async function json(rest: string): Promise<Record<string, unknown>> {
    return JSON.parse(await text(rest)) as Record<string, unknown>;
  }

  const complete = (variable: string, value: string, set: Record<string, string> = {}, kind = 'file') => {
    const template = catalog.templates(reader.principal).find(({ name }) => name === kind);
    return catalog.complete(template?.uriTemplate ?? '', variable, value, set, reader, signal);
  };

  it('tells where HEAD is, before and after the first commit and when detached', async () => {
    expect(await json('HEAD')).toEqual({ repository: repo.path, branch: 'main', head: null });
    const sha = repo.commit('one');
    expect(await json('HEAD')).toEqual({ repository: repo.path, branch: 'main', head: sha });
    repo.checkout(sha);
    expect(await json('HEAD')).toEqual({ repository: repo.path, branch: null, head: sha });
  });

  it('lists branches, tags and the state of the work tree', async () => {
    const sha = repo.commit('one');
    repo.branch('feature/x').tag('v1');
    repo.git(['tag', '-a', '-m', 'second\n\nwith a body', 'v2']);
    repo.write('new.txt', 'new');

    const branches = await json('branches');
    const tags = await json('tags');
    const status = await json('status');

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

    const { total, truncated, branches } = await json('branches');

    expect({ total, truncated }).toEqual({ total: 61, truncated: true });
    expect((branches as unknown[]).length).toBeLessThan(61);
  });

  it('shows a commit as git show does', async () => {
    repo.commitFiles('first', { 'a.txt': 'one\n' });
    repo.git(['checkout', '-q', '-b', 'feature/x']);
    const sha = repo.commitFiles('second', { 'a.txt': 'two\n' });

    const shown = await text('commit/feature%2Fx');

    expect(shown).toContain(`commit ${sha}`);
    expect(shown).toContain('-one\n+two');
    expect(await text('commit/feature/x')).toBe(shown);
    expect(await text(`commit/${sha.slice(0, 8)}`)).toBe(shown);
  });

  it('reads text as text and everything else in base64', async () => {
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 0xff]);
    const latin1 = Buffer.from('caf\u00e9', 'latin1');
    repo.commitFiles('files', { 'docs/a b.md': '# h\u00e9\r\n', 'a.png': png, 'old.txt': latin1, empty: '' });

    expect(await read('file/HEAD/docs/a%20b.md')).toEqual({
      uri: uri('file/HEAD/docs/a%20b.md'),
      mimeType: 'text/markdown',
      text: '# h\u00e9\r\n',
    });
    expect(await read('file/main/a.png')).toMatchObject({
      mimeType: 'image/png',
      blob: png.toString('base64'),
    });
    expect(await read('file/main/old.txt')).toMatchObject({
      mimeType: 'application/octet-stream',
      blob: latin1.toString('base64'),
    });
    expect(await read('file/main/empty')).toMatchObject({ mimeType: 'text/plain', text: '' });
  });

  it('reads each revision of a file, whatever the work tree holds', async () => {
    const first = repo.commitFiles('first', { 'a.txt': 'one\n' });
    repo.commitFiles('second', { 'a.txt': 'two\n' });
    repo.write('a.txt', 'three\n');

    const texts = [
      await text(`file/${first}/a.txt`),
      await text('file/HEAD~1/a.txt'),
      await text('file/main/a.txt'),
    ];

    expect(texts).toEqual(['one\n', 'one\n', 'two\n']);
  });

  it('refuses a file above the limit instead of cutting it', async () => {
    repo.commitFiles('large', { 'large.bin': Buffer.alloc(4_097, 1), 'fits.bin': Buffer.alloc(4_096, 0) });

    await expect(read('file/HEAD/large.bin')).rejects.toMatchObject({
      code: 'operation_failed',
      details: { reason: 'too-large', size: 4_097, limit: 4_096 },
    });
    expect(await read('file/HEAD/fits.bin')).toMatchObject({ blob: Buffer.alloc(4_096).toString('base64') });
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

    const tree = await json('tree/HEAD/dir/');
    const entries = tree['entries'] as { name: string; type: string; uri: string }[];

    expect(entries.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    for (const { name, uri: named } of entries) {
      expect(await catalog.read(named, reader, signal)).toMatchObject({ text: `I am ${name}` });
    }
  });

  it('reads a file whose name is no UTF-8 by the URI that the tree gives', async () => {
    writeFileSync(Buffer.concat([Buffer.from(repo.file('caf')), Buffer.from([0xe9])]), 'bytes');
    const sha = repo.commitFiles('odd', {});

    const { entries } = await json(`tree/${sha}`);

    expect(entries).toMatchObject([{ name: 'caf\ufffd', uri: uri(`file/${sha}/caf%E9`) }]);
    expect(await text(`file/${sha}/caf%E9`)).toBe('bytes');
  });

  it('tells folders, programs, links and nested repositories apart', async () => {
    repo.write('run.sh', '#!/bin/sh\n', 0o755).write('dir/a', 'a');
    symlinkSync('dir/a', repo.file('link'));
    repo.git(['add', '--all']);
    repo.git(['update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},nested`]);
    repo.commit('kinds');

    const { entries } = await json('tree/HEAD');

    expect(entries).toMatchObject([
      { name: 'dir', type: 'folder', uri: uri(`tree/${repo.head()}/dir`) },
      { name: 'link', type: 'symlink', size: 5 },
      { name: 'nested', type: 'submodule', sha: '1'.repeat(40) },
      { name: 'run.sh', type: 'executable', size: 10 },
    ]);
    expect(await read('file/HEAD/link')).toMatchObject({ mimeType: 'text/plain', text: 'dir/a' });
    expect(await read('file/HEAD/nested')).toBeUndefined();
    expect(await read('file/HEAD/dir')).toBeUndefined();
    expect(await read('tree/HEAD/run.sh')).toBeUndefined();
  });

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
    repo.commitFiles('one', { 'a.txt': 'a' });

    expect(await read(rest)).toBeUndefined();
  });

  it.each([
    'file/HEAD/../a.txt',
    'file/HEAD/%2e%2e/a.txt',
    'file/HEAD//a.txt',
    'tree/HEAD/a%00b',
    'file/HEAD/./a.txt',
  ])('refuses the path of %s', async (rest) => {
    repo.commitFiles('one', { 'a.txt': 'a' });

    await expect(read(rest)).rejects.toMatchObject({ code: 'path_not_allowed' });
  });

  it.each(['commit/--output=x', 'file/-p/a.txt', 'tree/nowhere', 'commit/a%0Ab', 'commit/HEAD%00'])(
    'finds no revision for %s',
    async (rest) => {
      repo.commitFiles('one', { 'a.txt': 'a' });

      await expect(read(rest)).rejects.toMatchObject({ code: 'revision_not_found' });
    },
  );

  it('reads nothing outside the roots, and nothing for who may not read', async () => {
    repo.commit('one');

    await expect(catalog.read(uri('HEAD', '/'), reader, signal)).rejects.toMatchObject({
      code: 'path_not_allowed',
    });
    const stranger = readerWith('git:write', 'admin');
    await expect(catalog.read(uri('HEAD'), stranger, signal)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(catalog.watch(uri('HEAD'), stranger, () => undefined)).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(await catalog.list(stranger, signal)).toEqual([]);
    expect(catalog.templates(stranger.principal)).toEqual([]);
  });

  it('lists what every repository has, a bare one without a status', async () => {
    const bare = new GitRepository({ root: repo.root, name: 'nested/bare.git', bare: true });

    const listed = await catalog.list(reader, signal);

    expect(listed.map((resource) => resource.uri)).toEqual([
      ...['HEAD', 'branches', 'tags'].map((kind) => uri(kind, bare.path)),
      ...['HEAD', 'branches', 'tags', 'status'].map((kind) => uri(kind)),
    ]);
  });

  it('every listed resource and every template can be read', async () => {
    repo.commitFiles('one', { 'a.txt': 'a' });
    const listed = (await catalog.list(reader, signal)).map((resource) => resource.uri);
    const filled = catalog.templates(reader.principal).map(({ uriTemplate }) =>
      uriTemplate
        .replace('{repository}', encodeURIComponent(repo.path))
        .replace('{revision}', 'HEAD')
        .replace('{+path}', uriTemplate.includes('/file/') ? 'a.txt' : ''),
    );

    for (const each of [...listed, ...filled]) {
      expect(await catalog.read(each, reader, signal)).toMatchObject({ uri: each });
    }
  });

  describe('completion', () => {
    it('proposes repositories, revisions and paths', async () => {
      repo.commitFiles('one', { 'src/main.ts': '', 'src/map/a': '', 'src/other.ts': '', 'a.txt': '' });
      const head = repo.branch('maintenance').tag('major').head();

      expect(await complete('repository', repo.root)).toEqual([repo.path]);
      expect(await complete('revision', 'ma', { repository: repo.path })).toEqual([
        'main',
        'maintenance',
        'major',
      ]);
      expect(await complete('revision', '')).toEqual(['HEAD', 'main', 'maintenance', 'major', head]);
      expect(await complete('revision', head.slice(0, 5))).toEqual([head]);
      expect(await complete('path', 'src/ma', { repository: repo.path, revision: 'HEAD' })).toEqual([
        'src/main.ts',
        'src/map/',
      ]);
      expect(await complete('path', '', {})).toEqual(['a.txt', 'src/']);
      expect(await complete('path', '', {}, 'tree')).toEqual(['src/']);
    });

    it('proposes nothing for what is not finished or unknown', async () => {
      repo.commitFiles('one', { 'a.txt': '' });

      expect(await complete('path', '', { repository: repo.path, revision: 'nowhere' })).toEqual([]);
      expect(await complete('path', '../', {})).toEqual([]);
      expect(await complete('revision', '', { repository: '/somewhere' })).toEqual([]);
      expect(await complete('unknown', '')).toEqual([]);
      expect(await catalog.complete('other:///{x}', 'x', '', {}, reader, signal)).toEqual([]);
    });

    it('proposes HEAD before the first commit', async () => {
      expect(await complete('revision', '')).toEqual(['HEAD']);
    });

    it('proposes at most a hundred', async () => {
      repo.commitFiles(
        'many',
        Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`f${index}`, ''])),
      );

      expect(await complete('path', 'f')).toHaveLength(100);
    });
  });

  describe('watching', () => {
    let fired: string[];
    const watch = (rest: string) => catalog.watch(uri(rest), reader, () => fired.push(rest));

    beforeEach(() => {
      fired = [];
      repo.commitFiles('one', { 'a.txt': 'a', 'b.txt': 'b' });
    });

    it.each<[string, string, () => unknown]>([
      ['HEAD when a commit is made', 'HEAD', () => repo.commit('two')],
      ['HEAD when it is detached', 'HEAD', () => repo.checkout(repo.head())],
      ['branches when one is made', 'branches', () => repo.branch('feature/deep/x')],
      ['branches after git pack-refs', 'branches', () => repo.branch('y').git(['pack-refs', '--all'])],
      ['tags when one is made', 'tags', () => repo.tag('v1')],
      ['the commit of a branch', 'commit/main', () => repo.commit('two')],
      ['a file of a branch', 'file/main/a.txt', () => repo.commitFiles('two', { 'a.txt': 'changed' })],
      ['a file that goes', 'file/main/a.txt', () => repo.commitFiles('two', { 'a.txt': null })],
      ['the status when a file appears', 'status', () => repo.write('new.txt', 'x')],
      ['the status when a file is staged', 'status', () => repo.write('a.txt', 'x').stage('a.txt')],
      ['a repository that goes', 'HEAD', () => rmSync(join(repo.path, '.git'), { recursive: true })],
    ])('tells of %s', async (_, rest, change) => {
      await watch(rest);

      change();

      await eventually(() => expect(fired).toEqual([rest]));
    });

    it('is silent about what did not change', async () => {
      await watch('file/main/a.txt');
      await watch('tags');
      await watch('HEAD');

      repo.commitFiles('two', { 'b.txt': 'changed' });

      await eventually(() => expect(fired).toEqual(['HEAD']));
      repo.commitFiles('three', { 'b.txt': 'again' });
      await eventually(() => expect(fired).toEqual(['HEAD', 'HEAD']));
    });

    it('tells every listener until it ends, and stops its timer with the last one', async () => {
      const watcher = module.get(ResourceWatcher);
      const endOne = await watch('HEAD');
      const endOther = await watch('HEAD');
      expect(watcher.size).toBe(1);
      repo.commit('two');
      await eventually(() => expect(fired).toEqual(['HEAD', 'HEAD']));

      endOne();
      endOne();
      repo.commit('three');
      await eventually(() => expect(fired).toHaveLength(3));
      endOther();

      expect(watcher.size).toBe(0);
    });

    it.each(['file/HEAD/missing', 'nothing'])('does not watch %s', async (rest) => {
      await expect(watch(rest)).rejects.toMatchObject({ code: 'validation_failed' });
    });

    it('does not watch a branch that does not exist', async () => {
      await expect(watch('commit/nowhere')).rejects.toMatchObject({ code: 'revision_not_found' });
    });
  });

  it('reads a repository with sha256 objects, and one without a work tree', async () => {
    const source = new GitRepository({ root: repo.root, name: 'source', objectFormat: 'sha256' });
    const head = source.commitFiles('one', { 'dir/a.txt': 'a' });
    const bare = source.cloneBare();

    for (const { path } of [source, bare]) {
      const file = await catalog.read(uri('file/HEAD/dir/a.txt', path), reader, signal);
      expect(file).toMatchObject({ text: 'a' });
      const content = await catalog.read(uri('HEAD', path), reader, signal);
      expect(content && 'text' in content && JSON.parse(content.text)).toMatchObject({
        branch: 'main',
        head,
      });
    }
  });
});
