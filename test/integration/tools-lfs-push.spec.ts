import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitHttpServer } from '../support/git-http-server.js';
import { GitRepository } from '../support/git-repository.js';
import { lfsPointer } from '../support/lfs-pointer.js';
import { ATTRIBUTES, lfsTransfer, stored } from './tools-lfs-transfer.harness.js';

describe('git_push of what Git LFS stores', () => {
  const here = lfsTransfer();
  const { commit, push, putInStore } = here;
  const gitPush = (args: object = {}) => here.bench.call('git_push', { repo_path: here.repo.path, ...args });
  let far: GitRepository;

  beforeEach(() => {
    far = new GitRepository({ root: here.bench.folder(), bare: true });
    here.repo.git(['remote', 'set-url', 'origin', far.path]);
  });

  it('names what the other side lacks, and what to do', async () => {
    commit({ 'a.bin': 'aaaa', 'dir/b.bin': 'bbbb' });
    putInStore('aaaa', 'bbbb');
    far.write(stored('aaaa').slice('.git/'.length), 'aaaa');

    const { structured, text } = await gitPush();

    expect(structured).toMatchObject({
      updates: [{ outcome: 'new' }],
      lfs_missing: { objects: 1, paths: ['dir/b.bin'] },
    });
    expect(text).toContain('git_lfs_transfer with action push, remote origin');
    expect(far.head()).toBe(here.repo.head());
  });

  it('says nothing once the content was sent', async () => {
    commit({ 'a.bin': 'aaaa' });
    putInStore('aaaa');
    await push();

    const { structured } = await gitPush();

    expect(structured).not.toHaveProperty('lfs_missing');
  });

  it('looks at the commits that it sends alone', async () => {
    commit({ 'a.bin': 'aaaa' });
    await gitPush();
    commit({ 'b.bin': 'bbbb' });

    const { structured } = await gitPush({ branch: 'main' });
    const again = await gitPush();

    expect(structured['lfs_missing']).toEqual({ objects: 1, paths: ['b.bin'] });
    expect(again.structured).not.toHaveProperty('lfs_missing');
  });

  it('says it before, where it is only tried', async () => {
    commit({ 'a.bin': 'aaaa' });

    const { text } = await gitPush({ dry_run: true });

    expect(text).toContain('lacks the content of 1 of the files (a.bin)');
    expect(far.git(['for-each-ref'])).toBe('');
  });

  it('is of tags as well', async () => {
    commit({ 'a.bin': 'aaaa' });
    here.repo.tag('v1');

    const { structured } = await gitPush({ tag: 'v1' });

    expect(structured['lfs_missing']).toEqual({ objects: 1, paths: ['a.bin'] });
  });

  it.each<[string, (line: string) => void]>([
    ['a folder', (line) => void here.repo.commitFiles('attributes', { 'dir/.gitattributes': line })],
    ["git's folder", (line) => void here.repo.write('.git/info/attributes', line)],
  ])('is told what Git LFS stores by the attributes of %s', async (_where, attributes) => {
    attributes(ATTRIBUTES);
    here.repo.commitFiles('one', { 'dir/a.bin': lfsPointer('aaaa') });

    expect((await gitPush()).structured['lfs_missing']).toEqual({ objects: 1, paths: ['dir/a.bin'] });
  });

  it.each([{ branch: 'topic' }, { tag: 'v1' }, {}])('is told it by what is pushed: %j', async (pushed) => {
    here.repo.commit('without');
    here.repo.git(['switch', '--quiet', '--create', 'topic']);
    commit({ 'a.bin': 'aaaa' });
    here.repo.tag('v1');
    const bare = here.repo.cloneBare();
    bare.git(['remote', 'set-url', 'origin', far.path]);
    here.repo.checkout('main');
    const { path } = 'branch' in pushed ? here.repo : bare;

    const { structured } = await gitPush({ repo_path: path, ...pushed });

    expect(structured['lfs_missing']).toEqual({ objects: 1, paths: ['a.bin'] });
  });

  it('looks for nothing where neither attributes nor a store tell of Git LFS', async () => {
    here.repo.commitFiles('one', { 'a.bin': lfsPointer('aaaa') });

    expect((await gitPush()).structured).not.toHaveProperty('lfs_missing');
  });

  describe('to a host without an LFS server', () => {
    let host: GitHttpServer;

    beforeEach(async () => {
      host = await GitHttpServer.start(far.root, 'ada:hunter2');
      host.guarded = () => false;
      here.repo.git(['remote', 'set-url', 'origin', host.url('repo')]);
    });
    afterEach(() => host.close());

    it('is done all the same, and says that nobody could be asked', async () => {
      commit({ 'a.bin': 'aaaa' });

      const { structured, text } = await gitPush();

      expect(structured).toMatchObject({
        updates: [{ outcome: 'new' }],
        lfs_missing: { objects: 0, paths: [], unchecked: expect.any(String) },
      });
      expect(text).toContain('could not be found out');
    });
  });
});
