import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

describe('Remotes by the tools', () => {
  let bench: ToolBench;
  let repo: GitRepository;
  let bare: GitRepository;

  beforeAll(async () => {
    bench = await ToolBench.start();
  });

  beforeEach(() => {
    repo = new GitRepository({ root: bench.folder() });
    repo.commitFiles('one', { 'a.txt': '1\n' });
    bare = repo.addOrigin();
  });

  afterAll(() => bench.close());

  const call = (name: string, args: object = {}) => bench.call(name, { repo_path: repo.path, ...args });
  const confirmed = (args: object) => bench.confirmed('git_push', { repo_path: repo.path, ...args });
  const there = () => bare.git(['for-each-ref', '--format=%(refname)']).trim().split('\n');

  const clone = async (args: object) => {
    const path = join(repo.root, 'copy');
    await bench.call('git_clone', { url: repo.path, repo_path: path, ...args });
    return Object.assign(Object.create(GitRepository.prototype) as GitRepository, { path });
  };

  describe('git_push', () => {
    it('sends a branch under another name, a tag, and all tags', async () => {
      repo.branch('topic').tag('v1').tag('v2');

      await call('git_push', { branch: 'topic', remote_branch: 'review/ünï', set_upstream: true });
      await call('git_push', { tag: 'v1' });
      expect(there()).toEqual(['refs/heads/main', 'refs/heads/review/ünï', 'refs/tags/v1']);
      await call('git_push', { tags: true });

      expect(there()).toContain('refs/tags/v2');
      expect(repo.git(['rev-parse', '--abbrev-ref', 'topic@{upstream}']).trim()).toBe('origin/review/ünï');
      bare.fsck();
    });

    it('asks the remote in a dry run and changes nothing at either end', async () => {
      repo.commit('two');

      const { structured } = await call('git_push', { dry_run: true });

      expect(structured['effects']).toEqual([
        { action: 'fast-forward', subject: 'refs/heads/main', from: bare.head(), to: repo.head() },
      ]);
      expect(bare.head()).toBe(repo.revision('HEAD~1'));
      expect(repo.revision('origin/main')).toBe(bare.head());
    });

    it('deletes a branch and a tag only after the plan was seen', async () => {
      repo.branch('topic').tag('v1');
      repo.git(['push', '--quiet', 'origin', 'topic', 'v1']);

      await expect(call('git_push', { delete: true, branch: 'topic' })).rejects.toMatchObject({
        code: 'forbidden',
        details: { plan_token: true },
      });
      await confirmed({ delete: true, branch: 'topic' });
      await confirmed({ delete: true, tag: 'v1' });

      expect(there()).toEqual(['refs/heads/main']);
      expect(() => repo.revision('refs/remotes/origin/topic')).toThrow('Command failed');
      await expect(call('git_push', { delete: true, branch: 'gone', dry_run: true })).rejects.toMatchObject({
        code: 'revision_not_found',
      });
    });

    it('overwrites exactly the expected commit, and no other', async () => {
      const one = repo.head();
      repo.git(['commit', '--quiet', '--amend', '-m', 'anew']);

      await expect(call('git_push', { expected_oid: '1'.repeat(40), dry_run: true })).rejects.toMatchObject({
        details: { reason: 'rejected', updates: [{ reason: 'stale info' }] },
      });
      expect(bare.head()).toBe(one);
      await confirmed({ expected_oid: one });

      expect(bare.head()).toBe(repo.head());
    });

    it('does not overwrite what was fetched and never looked at, if so told', async () => {
      const other = bare.clone('other');
      other.commit('theirs');
      other.git(['push', '--quiet', 'origin', 'main']);
      repo.git(['fetch', '--quiet', 'origin']);
      repo.git(['commit', '--quiet', '--amend', '-m', 'mine']);

      await expect(
        call('git_push', { force: true, force_if_includes: true, dry_run: true }),
      ).rejects.toMatchObject({ details: { reason: 'not-included' } });
      repo.git(['reset', '--quiet', '--hard', 'origin/main']);
      repo.git(['commit', '--quiet', '--amend', '--allow-empty', '-m', 'mine after theirs']);
      await confirmed({ force_if_includes: true });

      expect(bare.head()).toBe(repo.head());
    });

    it.each([
      [{ branch: '+main:other' }, 'operation_failed'],
      [{ branch: ':main' }, 'operation_failed'],
      [{ remote_branch: '../../x' }, 'operation_failed'],
      [{ remote_branch: '--mirror' }, 'operation_failed'],
      [{ tag: '*' }, 'operation_failed'],
      [{ tag: 'v9' }, 'revision_not_found'],
      [{ delete: true, dry_run: true }, 'operation_failed'],
      [{ expected_oid: 'main' }, 'validation_failed'],
    ])('refuses %j', async (args, code) => {
      await expect(call('git_push', args)).rejects.toMatchObject({ code });
      expect(there()).toEqual(['refs/heads/main']);
    });
  });

  describe('git_remote_show', () => {
    it('tells what is new, moved and gone, and downloads nothing', async () => {
      const other = bare.clone('other');
      other.branch('new').git(['push', '--quiet', 'origin', 'new']);
      const two = other.commit('two');
      other.git(['push', '--quiet', 'origin', 'main']);
      repo.git(['update-ref', 'refs/remotes/origin/gone', 'HEAD']);

      const { structured } = await call('git_remote_show');

      expect(structured).toEqual({
        head: 'main',
        branches: [
          { name: 'gone', there: null, here: repo.head() },
          { name: 'main', there: two, here: repo.head() },
          { name: 'new', there: repo.head(), here: null },
        ],
        effects: [],
      });
      expect(() => repo.git(['cat-file', '-e', two])).toThrow('Command failed');
    });

    it('prunes what is gone and leaves the rest', async () => {
      repo.git(['update-ref', 'refs/remotes/origin/gone', 'HEAD']);

      expect((await call('git_remote_show', { prune: true, dry_run: true })).structured['effects']).toEqual([
        { action: 'delete', subject: 'refs/remotes/origin/gone', from: repo.head(), to: null },
      ]);
      await call('git_remote_show', { prune: true });

      expect(repo.git(['for-each-ref', '--format=%(refname)', 'refs/remotes'])).toBe(
        'refs/remotes/origin/main\n',
      );
    });
  });

  describe('git_fetch', () => {
    it('takes some branches, all tags, and deepens what is shallow', async () => {
      repo.commit('two');
      repo.branch('a').branch('b').branch('c').tag('v1');
      const side = repo.git(['commit-tree', '-m', 'side', 'HEAD^{tree}']).trim();
      repo.tag('aside', side);
      const path = join(repo.root, 'shallow');
      await bench.call('git_clone', { url: repo.path, repo_path: path, depth: 1, no_tags: true });

      await bench.call('git_fetch', { repo_path: path, branches: ['a', 'b'], tags: 'all', unshallow: true });

      const shallow = Object.assign(Object.create(GitRepository.prototype) as GitRepository, { path });
      expect(shallow.git(['for-each-ref', '--format=%(refname)', 'refs/remotes', 'refs/tags'])).toBe(
        ['origin/HEAD', 'origin/a', 'origin/b', 'origin/main']
          .map((name) => `refs/remotes/${name}\n`)
          .concat(['refs/tags/aside\n', 'refs/tags/v1\n'])
          .join(''),
      );
      expect(shallow.git(['rev-parse', '--is-shallow-repository'])).toBe('false\n');
      await expect(bench.call('git_fetch', { repo_path: path, unshallow: true })).rejects.toMatchObject({
        details: { reason: 'not-shallow' },
      });
    });

    it.each(['+main:refs/heads/main', '--upload-pack=x', '*', ''])(
      'takes %j for no branch',
      async (branch) => {
        await expect(call('git_fetch', { branches: [branch] })).rejects.toMatchObject({
          code: expect.stringMatching(/^(operation|validation)_failed$/) as string,
        });
      },
    );
  });

  describe('git_pull', () => {
    let theirs: string;

    beforeEach(() => {
      const other = bare.clone('other');
      theirs = other.commitFiles('theirs', { 'a.txt': 'theirs\n' });
      other.git(['push', '--quiet', 'origin', 'main']);
    });

    it('stops at a conflict, and git_abort leaves all as it was', async () => {
      const mine = repo.commitFiles('mine', { 'a.txt': 'mine\n' });

      await expect(call('git_pull')).rejects.toMatchObject({
        code: 'merge_conflict',
        details: { operation: 'merge', paths: ['a.txt'] },
      });
      const stopped = repo.read('a.txt');
      await call('git_abort', { operation: 'merge', confirm: true });

      expect(stopped).toContain('<<<<<<<');
      expect([repo.head(), repo.read('a.txt'), repo.status()]).toEqual([mine, 'mine\n', '']);
      expect(repo.revision('origin/main')).toBe(theirs);
    });

    it('asks before another branch comes into a protected one, also where that one follows it', async () => {
      bare.git(['branch', 'topic', 'main']);
      repo.git(['config', 'branch.main.remote', 'origin']);
      repo.git(['config', 'branch.main.merge', 'refs/heads/topic']);
      const before = repo.head();

      await expect(call('git_pull')).rejects.toMatchObject({
        code: 'forbidden',
        details: { question: expect.stringContaining('"topic"') as string },
      });
      expect(repo.head()).toBe(before);
      expect((await call('git_pull', { confirm: true })).structured).toMatchObject({ head: theirs });
    });

    it.each([
      ['merge', {}, 'HEAD^2'],
      ['rebase', { rebase: true, confirm: true }, 'HEAD~1'],
    ])('goes on with its %s once the conflict is settled', async (operation, args, parent) => {
      repo.commitFiles('mine', { 'a.txt': 'mine\n' });

      await expect(call('git_pull', args)).rejects.toMatchObject({ details: { operation } });
      repo.write('a.txt', 'both\n');
      await call('git_add', { files: ['a.txt'] });
      await call('git_continue', { operation });

      expect(repo.revision(parent)).toBe(theirs);
      expect([repo.read('a.txt'), repo.status()]).toEqual(['both\n', '']);
    });

    it('told to fast-forward only, moves nothing of what has diverged, and the rest as far as it goes', async () => {
      const mine = repo.commitFiles('mine', { 'b.txt': 'mine\n' });

      await expect(call('git_pull', { fast_forward_only: true })).rejects.toMatchObject({
        details: { reason: 'not-a-fast-forward' },
      });
      expect([repo.head(), repo.revision('origin/main'), repo.status()]).toEqual([mine, theirs, '']);
      repo.git(['reset', '--quiet', '--hard', 'HEAD~1']);

      expect((await call('git_pull', { fast_forward_only: true })).structured).toMatchObject({
        outcome: 'fast-forward',
        head: theirs,
      });
      expect(repo.head()).toBe(theirs);
    });
  });

  describe('git_clone', () => {
    it('makes a mirror, and one of a single branch without files', async () => {
      repo.branch('other').tag('v1');
      repo.git(['update-ref', 'refs/special/x', 'HEAD']);
      const path = join(repo.root, 'mirror.git');

      await bench.call('git_clone', { url: repo.path, repo_path: path, mirror: true });
      const single = await clone({ single_branch: true, no_checkout: true });

      expect(existsSync(join(path, 'packed-refs'))).toBe(true);
      expect(readFileSync(join(path, 'packed-refs'), 'utf8')).toContain('refs/special/x');
      expect(single.has('a.txt')).toBe(false);
      expect(() => single.revision('origin/other')).toThrow('Command failed');
    });

    it('leaves out contents where there are no files to check out', async () => {
      repo.config('uploadpack.allowFilter', 'true');

      const partial = await clone({ filter: 'blob:none', no_checkout: true });

      expect(partial.git(['rev-list', '--objects', '--missing=print', 'HEAD'])).toContain('?');
    });

    it.each([
      { filter: 'blob:none' },
      { filter: 'sparse:oid=HEAD:x', bare: true },
      { filter: '--upload-pack=x', bare: true },
    ])('refuses %j', async (args) => {
      await expect(clone(args)).rejects.toMatchObject({ details: { reason: 'invalid-filter' } });
      expect(existsSync(join(repo.root, 'copy'))).toBe(false);
    });
  });

  it('git_remote sets the URL to push to alone', async () => {
    await call('git_remote', { action: 'set-url', name: 'origin', url: repo.path, push: true });

    expect((await call('git_remote', { action: 'list' })).structured['remotes']).toEqual([
      { name: 'origin', fetch_url: bare.path, push_url: repo.path },
    ]);
  });
});
