import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { lfsId, lfsPointer } from '../support/lfs-pointer.js';
import { ToolBench } from '../support/tool-bench.js';
import { lfsTransfer, stored } from './tools-lfs-transfer.harness.js';

describe('git_lfs_transfer fetch', () => {
  const here = lfsTransfer();
  const { answersContent, commit, fetch, half, inStore, transfer } = here;
  const rangesAsked = () =>
    here.server.requests.flatMap(({ method, headers }) => (method === 'GET' ? [headers.range] : []));

  it('brings what HEAD has and the store has not, each object once', async () => {
    commit({ 'a.bin': 'aaaa', 'again.bin': 'aaaa', 'dir/b.bin': 'bbbb' });
    here.server.has('aaaa', 'bbbb', 'cccc');

    const { structured, text } = await fetch();
    const again = await fetch();

    expect(structured).toEqual({
      effects: [
        { action: 'fetch', subject: 'again.bin', from: null, to: lfsId('aaaa') },
        { action: 'fetch', subject: 'dir/b.bin', from: null, to: lfsId('bbbb') },
      ],
      bytes: 8,
      failed: [],
    });
    expect(text).toContain(`fetch dir/b.bin ${lfsId('bbbb').slice(0, 7)}`);
    expect([here.repo.read(stored('aaaa')), here.repo.read(stored('bbbb'))]).toEqual(['aaaa', 'bbbb']);
    expect(inStore()).toHaveLength(2);
    expect(again.structured).toEqual({ effects: [], bytes: 0, failed: [] });
    expect(here.server.batches).toHaveLength(1);
    expect(here.server.paths('POST')).toEqual(['/team/app.git/info/lfs/objects/batch']);
  });

  it('is of the revision and the paths that were asked for', async () => {
    const before = commit({ 'a.bin': 'old', 'dir/b.bin': 'bbbb', 'dir/c.bin': 'cccc' });
    commit({ 'a.bin': 'new' });
    here.server.has('old', 'new', 'bbbb', 'cccc');

    const { structured } = await fetch({ revision: before, paths: ['a.bin', 'dir/c.bin'] });

    expect(structured['effects']).toMatchObject([{ to: lfsId('old') }, { to: lfsId('cccc') }]);
    await expect(fetch({ paths: ['a.bin', '.gitattributes'] })).rejects.toMatchObject({
      details: { reason: 'not-lfs', paths: ['.gitattributes'] },
    });
  });

  it('asks for a hundred objects at once', async () => {
    const contents = Array.from({ length: 230 }, (_, index) => `content ${index}`);
    commit(Object.fromEntries(contents.map((content, index) => [`${index}.bin`, content])));
    here.server.has(...contents);
    const seen: number[] = [];

    await transfer(
      { action: 'fetch' },
      { progress: ({ current }: { current: number }) => void seen.push(current) },
    );

    expect(here.server.batches.map(({ objects }) => objects.length)).toEqual([100, 100, 30]);
    expect(inStore()).toHaveLength(230);
    expect(seen.at(-1)).toBe(100);
    expect(seen).toEqual(seen.toSorted((one, other) => one - other));
  });

  it('can be tried, and is not taken back', async () => {
    commit({ 'a.bin': 'aaaa' });
    here.server.has('aaaa');

    const tried = await fetch({ dry_run: true });
    const untouched = [inStore(), here.server.paths('POST')];
    const { structured } = await fetch({ idempotency_key: 'one' });
    const repeated = await fetch({ idempotency_key: 'one' });

    expect(untouched).toEqual([[], []]);
    expect(tried.structured['effects']).toEqual(structured['effects']);
    expect(repeated.structured).toEqual(structured);
    await expect(here.bench.call('git_undo', { repo_path: here.repo.path })).rejects.toMatchObject({
      code: 'operation_failed',
    });
    expect(inStore()).toHaveLength(1);
  });

  it('copies from the store of a remote that is a path', async () => {
    commit({ 'a.bin': 'aaaa', 'b.bin': 'bbbb', 'c.bin': 'cccc' });
    const far = new GitRepository({ root: here.bench.folder() });
    const put = (content: string, is: string) => {
      mkdirSync(dirname(far.file(stored(content))), { recursive: true });
      writeFileSync(far.file(stored(content)), is);
    };
    put('aaaa', 'aaaa');
    put('bbbb', 'evil');
    here.repo.git(['remote', 'set-url', 'origin', far.path]);

    const { structured } = await fetch();

    expect(structured).toMatchObject({
      effects: [{ subject: 'a.bin' }],
      failed: [
        { path: 'b.bin', code: 'operation_failed', reason: 'wrong-content' },
        { path: 'c.bin', code: 'operation_failed', reason: 'not-on-remote' },
      ],
    });
    expect(inStore()).toEqual([lfsId('aaaa')]);
  });

  it('says how many files a partial clone lacks', async () => {
    here.repo.commitFiles('one', { 'a.bin': lfsPointer('aaaa'), 'dir/b.bin': lfsPointer('bbbb') });
    const part = here.repo.clonePartial();
    part.git(['remote', 'set-url', 'origin', here.server.remote]);
    const call = (args: object) => here.bench.call('git_lfs_transfer', { repo_path: part.path, ...args });

    const fetched = await call({ action: 'fetch', paths: ['dir'] });
    const pulled = await call({ action: 'pull' });
    const tried = await call({ action: 'pull', dry_run: true });

    expect(fetched.structured).toMatchObject({ effects: [], missing: 1 });
    expect(pulled.structured).toMatchObject({ effects: [], missing: 2 });
    for (const { text } of [pulled, tried]) expect(text).toContain('lacks 2 files');
  });

  it('says that a remote of the git protocol needs another URL', async () => {
    commit({ 'a.bin': 'aaaa' });
    here.repo.git(['remote', 'set-url', 'origin', 'git://example.org/team/app.git']);

    await expect(fetch()).rejects.toMatchObject({ details: { reason: 'lfs-needs-http' } });
  });

  it('refuses more than one call may move, before it asks', async () => {
    here.repo.commitFiles('one', {
      'a.bin': `version https://git-lfs.github.com/spec/v1\noid sha256:${lfsId('a')}\nsize 999999999999999\n`,
    });

    await expect(fetch()).rejects.toMatchObject({
      details: { reason: 'too-large', setting: 'git.lfs.maxTransferBytes', max_bytes: 2 ** 22 },
    });
    expect(here.server.requests).toEqual([]);
  });

  it('refuses what the disk has no place for, before it asks', async () => {
    const narrow = await ToolBench.start((config) => {
      config.git.remote.protocols = ['http'];
      config.git.remote.allowPrivateAddresses = true;
      config.health.minDiskFreeBytes = 2 ** 60;
      config.resilience.retry.maxAttempts = 1;
    });
    const there = new GitRepository({ root: narrow.folder() });
    there.git(['remote', 'add', 'origin', here.server.remote]);
    there.commitFiles('one', { 'a.bin': lfsPointer('aaaa') });

    const called = narrow.call('git_lfs_transfer', { repo_path: there.path, action: 'fetch' });

    await expect(called).rejects.toMatchObject({ details: { reason: 'disk-full', free_bytes: 0 } });
    await narrow.close();
    expect(here.server.requests).toEqual([]);
  });

  it('writes through no link of the store', async () => {
    commit({ 'a.bin': 'aaaa' });
    here.server.has('aaaa');
    const outside = new GitRepository({ root: here.bench.folder() });
    mkdirSync(here.repo.file('.git/lfs'));
    symlinkSync(outside.path, here.repo.file('.git/lfs/objects'));

    await expect(fetch()).rejects.toMatchObject({
      code: 'path_not_allowed',
      details: { link: 'lfs/objects' },
    });
    expect(readdirSync(outside.path)).toEqual(['.git']);
  });

  it('removes what a server that was killed has left', async () => {
    commit({ 'a.bin': 'aaaa' });
    here.server.has('aaaa');
    const ours = `${lfsId('aaaa')}-${'0'.repeat(23)}`;
    half(`${ours}1`, 200_000_000);
    half(`${ours}2`, 0);
    half('of git-lfs', 200_000_000);

    await fetch();

    expect(inStore().toSorted()).toEqual([lfsId('aaaa'), `${ours}2`, 'of git-lfs'].toSorted());
  });

  describe('of a large object', () => {
    const large = 'large '.repeat(500_000);

    beforeEach(() => {
      commit({ 'a.bin': large });
      here.server.has(large);
    });
    it.each([
      ['gives ranges', true],
      ['gives none', false],
    ])('goes on from where the connection was cut, where the server %s', async (_what, ranges) => {
      here.server.ranges = ranges;
      answersContent((response) => {
        here.server.intercept = () => false;
        response.writeHead(200, { 'content-length': large.length });
        response.write(large.slice(0, -10), () => response.destroy());
      });

      const { structured } = await fetch();

      expect(rangesAsked()).toEqual([undefined, expect.stringMatching(/^bytes=[12]\d{6}-$/)]);
      expect(structured).toMatchObject({ bytes: large.length, failed: [] });
      expect(inStore()).toEqual([lfsId(large)]);
      expect(here.repo.read(stored(large)) === large).toBe(true);
    });

    it('goes on from there by another link where the first is no longer good', async () => {
      here.repo.write(`.git/lfs/tmp/${lfsId(large)}.part`, large.slice(0, 2_000_000));
      here.server.ranges = true;
      here.linksExpire(2);

      await expect(fetch()).rejects.toMatchObject({ details: { reason: 'authentication', status: 403 } });
      const left = inStore();
      await fetch();

      expect(left).toEqual([`${lfsId(large)}.part`]);
      expect(rangesAsked()).toEqual(Array.from({ length: 3 }, () => 'bytes=2000000-'));
      expect(inStore()).toEqual([lfsId(large)]);
    });

    it('takes nothing that begins behind what was kept', async () => {
      const kept = 2_000_000;
      const hole = 500_000;
      const pointer = lfsPointer(large).replace(/size \d+/, `size ${large.length + hole}`);
      here.repo.commitFiles('of another size', { 'a.bin': pointer });
      here.repo.write(`.git/lfs/tmp/${lfsId(large)}.part`, large.slice(0, kept));
      answersContent((response) => {
        response.writeHead(206, { 'content-range': `bytes ${kept + hole}-/*` }).end(large.slice(kept));
      });

      await expect(fetch()).rejects.toMatchObject({ details: { reason: 'wrong-content' } });
      expect(inStore()).toEqual([]);
    });

    it('begins anew where what was kept is something else', async () => {
      here.repo.write(`.git/lfs/tmp/${lfsId(large)}.part`, 'evil '.repeat(400_000));
      here.server.ranges = true;

      await expect(fetch()).rejects.toMatchObject({ details: { reason: 'wrong-content' } });
      const left = inStore();
      await fetch();

      expect(left).toEqual([]);
      expect(inStore()).toEqual([lfsId(large)]);
    });
  });

  it('goes on after a failure with what has not come', async () => {
    commit({ 'a.bin': 'aaaa', 'b.bin': 'bbbb' });
    here.server.has('aaaa');
    const { structured } = await fetch();
    here.server.has('bbbb');

    const rest = await fetch();

    expect(structured['failed']).toEqual([
      {
        path: 'b.bin',
        oid: lfsId('bbbb'),
        code: 'operation_failed',
        reason: 'not-on-remote',
        message: expect.any(String),
      },
    ]);
    expect(rest.structured).toMatchObject({ effects: [{ subject: 'b.bin' }], failed: [] });
    expect(here.server.paths('GET')).toHaveLength(2);
  });
});
