import { lstatSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { LFS_CLEAN, lfsId, lfsPointer } from '../support/lfs-pointer.js';
import { ToolBench } from '../support/tool-bench.js';
import { ATTRIBUTES, lfsTransfer, stored } from './tools-lfs-transfer.harness.js';

describe('git_lfs_transfer pull', () => {
  const here = lfsTransfer();
  const { commit, fetch, inStore, pull } = here;

  it('puts the content in the place of pointers that nobody changed', async () => {
    commit({
      'a.bin': 'aaaa',
      'dir/run.bin': 'bbbb',
      'changed.bin': 'cccc',
      'gone.bin': 'dddd',
      'text.txt': 'eeee',
    });
    here.server.has('aaaa', 'bbbb', 'cccc', 'dddd', 'eeee');
    here.repo.write('changed.bin', 'mine').write('dir/run.bin', lfsPointer('bbbb'), 0o755);
    rmSync(here.repo.file('gone.bin'));

    const tried = await pull({ dry_run: true });
    const untouched = here.repo.read('a.bin');
    const { structured, text } = await pull();

    const written = (structured['effects'] as { action: string }[]).filter(
      ({ action }) => action === 'write',
    );
    expect(written).toMatchObject([{ subject: 'a.bin' }, { subject: 'dir/run.bin' }]);
    expect(tried.structured['effects']).toEqual(structured['effects']);
    expect(untouched).toBe(lfsPointer('aaaa'));
    expect(['a.bin', 'dir/run.bin', 'changed.bin', 'text.txt'].map((path) => here.repo.read(path))).toEqual([
      'aaaa',
      'bbbb',
      'mine',
      lfsPointer('eeee'),
    ]);
    expect(here.repo.has('gone.bin')).toBe(false);
    expect(lstatSync(here.repo.file('dir/run.bin')).mode & 0o777).toBe(0o755);
    expect(readdirSync(here.repo.path).toSorted()).toEqual([
      '.git',
      '.gitattributes',
      'a.bin',
      'changed.bin',
      'dir',
      'text.txt',
    ]);
    expect(structured['filter_runs']).toBe(false);
    expect(text).toContain('git_status shows these files as modified');
  });

  it('is as it says: without the filter the files are modified, and can be taken back', async () => {
    commit({ 'a.bin': 'aaaa' });
    here.server.has('aaaa');

    await pull();
    const { structured } = await here.bench.call('git_status', { repo_path: here.repo.path });
    await here.bench.call('git_undo', { repo_path: here.repo.path });

    expect(structured['entries']).toEqual([{ path: 'a.bin', index: '.', worktree: 'M' }]);
    expect(here.repo.read('a.bin')).toBe(lfsPointer('aaaa'));
  });

  it('puts content into a linked work tree, from the store that it shares', async () => {
    commit({ 'a.bin': 'aaaa' });
    here.server.has('aaaa');
    const linked = join(here.repo.root, 'linked');
    here.repo.git(['worktree', 'add', '--quiet', linked]);

    await here.bench.call('git_lfs_transfer', { repo_path: linked, action: 'pull' });

    expect(readFileSync(join(linked, 'a.bin'), 'utf8')).toBe('aaaa');
    expect([inStore(), here.repo.read('a.bin')]).toEqual([[lfsId('aaaa')], lfsPointer('aaaa')]);
  });

  it('needs no remote for what is stored', async () => {
    commit({ 'a.bin': 'aaaa' });
    here.server.has('aaaa');
    await fetch();
    here.repo.git(['remote', 'remove', 'origin']);

    await pull();

    expect(here.repo.read('a.bin')).toBe('aaaa');
  });

  it('places nothing that is not what the pointer stands for', async () => {
    commit({ 'a.bin': 'aaaa', 'b.bin': 'bbbb' });
    here.server.has('aaaa', 'bbbb');
    await fetch();
    here.repo.write(stored('aaaa'), 'evil');

    const { structured } = await pull();
    const found = [here.repo.read('a.bin'), here.repo.read('b.bin')];
    await pull();

    expect(structured['failed']).toMatchObject([{ path: 'a.bin', reason: 'wrong-content' }]);
    expect(found).toEqual([lfsPointer('aaaa'), 'bbbb']);
    expect(here.repo.read('a.bin')).toBe('aaaa');
  });

  it('follows no link of the work tree', async () => {
    commit({ 'dir/a.bin': 'aaaa' });
    here.server.has('aaaa');
    const outside = new GitRepository({ root: here.bench.folder() });
    outside.write('a.bin', lfsPointer('aaaa'));
    rmSync(here.repo.file('dir'), { recursive: true });
    symlinkSync(outside.path, here.repo.file('dir'));

    await pull();

    expect(outside.read('a.bin')).toBe(lfsPointer('aaaa'));
  });

  it('changes nothing where HEAD is not what was expected', async () => {
    commit({ 'a.bin': 'aaaa' });
    here.server.has('aaaa');

    await expect(pull({ expected_head: '0000000' })).rejects.toMatchObject({ code: 'operation_failed' });
    expect([here.repo.read('a.bin'), inStore()]).toEqual([lfsPointer('aaaa'), []]);
  });

  it('leaves a work tree that git finds clean where the filter runs', async () => {
    const trusting = await ToolBench.start(({ git }) => {
      git.remote.protocols = ['http'];
      git.remote.allowPrivateAddresses = true;
      git.trustedRoots = git.roots;
    });
    const there = new GitRepository({ root: trusting.folder() });
    there.git(['remote', 'add', 'origin', here.server.remote]);
    there.commitFiles('one', { '.gitattributes': ATTRIBUTES, 'a.bin': lfsPointer('aaaa') });
    there.config('filter.lfs.clean', LFS_CLEAN);
    here.server.has('aaaa');

    const { structured } = await trusting.call('git_lfs_transfer', {
      repo_path: there.path,
      action: 'pull',
    });
    const changed = there.git(['diff-files', '--name-only']);
    await trusting.close();

    expect(structured).toMatchObject({
      filter_runs: true,
      effects: [{ action: 'fetch' }, { action: 'write' }],
    });
    expect(changed).toBe('');
  });
});
