import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

const names = (records: unknown) => (records as { name: string }[]).map(({ name }) => name);

describe('Tags and branches by the tools', () => {
  let repo: GitRepository;
  let bench: ToolBench;

  beforeAll(async () => {
    bench = await ToolBench.start();
  });

  beforeEach(() => {
    repo = new GitRepository({ root: bench.folder() });
    repo.commitFiles('one', { 'a.txt': '1\n' });
  });

  afterAll(() => bench.close());

  const tag = (args: object) => bench.call('git_tag', { repo_path: repo.path, ...args });
  const edit = (args: object) => bench.call('git_branch_edit', { repo_path: repo.path, ...args });
  const list = async (args: object) =>
    (await bench.call('git_branch', { repo_path: repo.path, branch_type: 'local', ...args })).structured[
      'branches'
    ] as { name: string }[];
  /** But for those of the operation log. */
  const refs = () =>
    repo
      .git(['for-each-ref', '--format=%(refname) %(objecttype)'])
      .trim()
      .split('\n')
      .filter((ref) => !ref.startsWith('refs/mcp-git/'));

  describe('git_tag', () => {
    it('makes what git makes of the same request', async () => {
      await tag({ action: 'create', name: 'light' });
      await tag({ action: 'create', name: 'v1', message: '# first\n\nwith a body\n', target: 'main' });

      expect(refs()).toEqual(['refs/heads/main commit', 'refs/tags/light commit', 'refs/tags/v1 tag']);
      expect(repo.git(['cat-file', '-p', 'v1'])).toContain('\n\n# first\n\nwith a body\n');
      repo.fsck();
    });

    it('lists by pattern, commit, object and order', async () => {
      for (const name of ['v1.9', 'v1.10', 'x/v1']) repo.tag(name);
      const second = repo.commit('two');
      await tag({ action: 'create', name: 'v2', message: 'two\n\nbody' });

      const found = async (args: object) =>
        names((await tag({ action: 'list', sort: 'version', ...args })).structured['tags']);

      expect(await found({})).toEqual(['v1.9', 'v1.10', 'v2', 'x/v1']);
      expect(await found({ pattern: '*1' })).toEqual(['x/v1']);
      expect(await found({ contains: 'HEAD' })).toEqual(['v2']);
      expect(await found({ points_at: 'HEAD~1' })).toEqual(['v1.9', 'v1.10', 'x/v1']);
      expect((await tag({ action: 'list', limit: 1, sort: 'name' })).structured).toMatchObject({
        omitted: 3,
      });
      expect((await tag({ action: 'list', pattern: 'v2' })).structured['tags']).toEqual([
        {
          name: 'v2',
          sha: second,
          type: 'commit',
          annotated: true,
          signed: false,
          at: expect.any(Number) as number,
          subject: 'two',
          tagger: 'mcp-git-server <mcp-git-server@localhost>',
          message: 'two\n\nbody',
        },
      ]);
    });

    it('tags a tree in a bare repository with SHA-256', async () => {
      const bare = new GitRepository({
        root: repo.root,
        name: 'bare.git',
        bare: true,
        objectFormat: 'sha256',
      });
      const tree = bare.git(['hash-object', '-w', '-t', 'tree', '/dev/null']).trim();

      await bench.call('git_tag', { repo_path: bare.path, action: 'create', name: 'ünï', target: tree });

      expect(bare.git(['rev-parse', 'ünï']).trim()).toBe(tree);
    });

    it('deletes only after the plan was seen', async () => {
      repo.tag('v1');

      await expect(tag({ action: 'delete', name: 'v1' })).rejects.toMatchObject({ code: 'forbidden' });
      const dry = await tag({ action: 'delete', name: 'v1', dry_run: true });
      expect(dry.structured['effects']).toEqual([
        { action: 'delete', subject: 'refs/tags/v1', from: repo.head(), to: null },
      ]);
      expect(refs()).toContain('refs/tags/v1 commit');
      await bench.confirmed('git_tag', { repo_path: repo.path, action: 'delete', name: 'v1' });

      expect(refs()).toEqual(['refs/heads/main commit']);
    });

    it.each([
      ['a name that exists', { name: 'v1' }, 'operation_failed'],
      ['an option', { name: '--delete' }, 'operation_failed'],
      ['a path', { name: '../../heads/main' }, 'operation_failed'],
      ['a target that is none', { name: 'new', target: 'nowhere' }, 'revision_not_found'],
      ['an option as target', { name: 'new', target: '--output=owned' }, 'revision_not_found'],
      ['an empty message', { name: 'new', message: ' \n' }, 'operation_failed'],
    ])('refuses to create %s', async (_, args, code) => {
      repo.tag('v1');

      await expect(tag({ action: 'create', ...args })).rejects.toMatchObject({ code });
      expect(refs()).toEqual(['refs/heads/main commit', 'refs/tags/v1 commit']);
    });

    it('does not run the program that would verify, and says that an unsigned tag is unsigned', async () => {
      repo.config('gpg.program', repo.file('owned.sh')).config('gpg.ssh.program', repo.file('owned.sh'));
      repo.write('owned.sh', `#!/bin/sh\ntouch ${repo.file('canary')}\n`, 0o755);
      await tag({ action: 'create', name: 'plain', message: 'm' });
      const signed = `${repo.git(['cat-file', 'tag', 'plain'])}-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n`;
      repo.write('tag.txt', signed.replace('tag plain', 'tag signed'));
      repo.git(['update-ref', 'refs/tags/signed', repo.git(['hash-object', '-wt', 'tag', 'tag.txt']).trim()]);

      const plain = await tag({ action: 'verify', name: 'plain' });

      expect(plain.structured['signature']).toEqual({ valid: false, signature_type: null, signer: null });
      await expect(tag({ action: 'verify', name: 'signed' })).rejects.toMatchObject({
        code: 'forbidden',
        details: { reason: 'untrusted' },
      });
      expect(repo.has('canary')).toBe(false);
    });
  });

  describe('git_branch', () => {
    it('filters and sorts as git branch does', async () => {
      repo.branch('done').branch('feature/a').commit('two', 1_700_000_100);
      repo.branch('feature/b');
      repo.checkout('--detach');

      expect(names(await list({ merged: 'done' }))).toEqual(['done', 'feature/a']);
      expect(names(await list({ no_merged: 'done' }))).toEqual(['feature/b', 'main']);
      expect(names(await list({ pattern: '*e/a' }))).toEqual(['feature/a']);
      expect(names(await list({ sort: 'newest' }))).toEqual(['feature/b', 'main', 'done', 'feature/a']);
      expect(names(await list({ pattern: 'feature/*', contains: 'main' }))).toEqual(['feature/b']);
    });

    it('counts what is ahead and behind, and says where the upstream is gone', async () => {
      const clone = repo.clone();
      clone.commit('mine');
      repo.branch('other').commit('theirs');
      clone.git(['fetch', '--quiet']);
      clone.git(['branch', '--quiet', '--track', 'gone', 'origin/other']);
      clone.git(['update-ref', '-d', 'refs/remotes/origin/other']);

      const { structured, text } = await bench.call('git_branch', {
        repo_path: clone.path,
        branch_type: 'all',
        ahead_behind: true,
      });

      expect(structured['branches']).toMatchObject([
        { name: 'gone', gone: true },
        { name: 'main', ahead: 1, behind: 1 },
        { name: 'origin/main', remote: true },
      ]);
      expect(text).toContain('[origin/main: ahead 1, behind 1]');
    });
  });

  describe('git_branch_edit', () => {
    it('creates, renames, follows, stops following and deletes as git does', async () => {
      const clone = repo.clone();
      const there = (args: object) => bench.call('git_branch_edit', { repo_path: clone.path, ...args });

      await there({ action: 'create', name: 'topic', base: 'origin/main' });
      await there({ action: 'rename', name: 'topic', new_name: 'feature/ünï' });
      await there({ action: 'set-upstream', name: 'feature/ünï', upstream: 'origin/main' });
      expect(clone.git(['rev-parse', '--abbrev-ref', 'feature/ünï@{upstream}']).trim()).toBe('origin/main');
      await there({ action: 'unset-upstream', name: 'feature/ünï' });
      await there({ action: 'unset-upstream', name: 'feature/ünï' });
      await bench.confirmed('git_branch_edit', {
        repo_path: clone.path,
        action: 'delete',
        name: 'feature/ünï',
      });
      await bench.confirmed('git_branch_edit', {
        repo_path: clone.path,
        action: 'delete',
        name: 'origin/main',
        remote: true,
      });

      expect(clone.git(['branch', '--all', '--format=%(refname)'])).toBe('refs/heads/main\n');
      expect(() => clone.git(['config', '--get-regexp', 'branch.feature'])).toThrow('Command failed');
    });

    it('renames the branch that is checked out, before and after its first commit', async () => {
      await edit({ action: 'rename', new_name: 'trunk' });

      expect(repo.currentBranch()).toBe('trunk');
    });

    it('keeps a branch whose commits are nowhere else, unless it is told twice', async () => {
      repo.branch('topic').checkout('topic');
      repo.commit('only here');
      repo.checkout('main');
      const refusal = { code: 'operation_failed', details: { reason: 'not-merged', commits: 1 } };

      await expect(edit({ action: 'delete', name: 'topic', dry_run: true })).rejects.toMatchObject(refusal);
      const done = await bench.confirmed('git_branch_edit', {
        repo_path: repo.path,
        action: 'delete',
        name: 'topic',
        force: true,
      });

      expect(done.structured).toMatchObject({ lost_commits: 1 });
      expect(refs()).toEqual(['refs/heads/main commit']);
    });

    it.each([
      ['delete what is checked out', { action: 'delete', name: 'main' }, { reason: 'checked-out' }],
      ['delete what is not there', { action: 'delete', name: 'nowhere' }, { revision: 'nowhere' }],
      ['delete an option', { action: 'delete', name: '--all' }, { reason: 'invalid-name' }],
      ['leave refs/heads', { action: 'create', name: '../tags/x' }, { reason: 'invalid-name' }],
      ['make HEAD a branch', { action: 'create', name: 'HEAD' }, { reason: 'invalid-name' }],
      ['take a name twice', { action: 'create', name: 'other' }, { reason: 'branch-exists' }],
      ['rename over another', { action: 'rename', new_name: 'other' }, { reason: 'branch-exists' }],
      ['follow nobody', { action: 'set-upstream', upstream: 'origin/main' }, { revision: 'origin/main' }],
    ])('refuses to %s', async (_, args, details) => {
      repo.branch('other');

      await expect(edit({ ...args, dry_run: true })).rejects.toMatchObject({ details });
      expect(refs()).toEqual(['refs/heads/main commit', 'refs/heads/other commit']);
    });

    it('refuses to delete what another work tree has checked out', async () => {
      repo.branch('topic').git(['worktree', 'add', '--quiet', '../linked', 'topic']);

      await expect(edit({ action: 'delete', name: 'topic', dry_run: true })).rejects.toMatchObject({
        details: { reason: 'checked-out', worktree: `${repo.root}/linked` },
      });
    });
  });
});
