import { copyFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type GitWrites } from '../../src/git/git-writes.port.js';
import { type Repository } from '../../src/git/repository.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';
import { NestedRepository } from '../support/nested-repository.js';

const signal = new AbortController().signal;

describe('Writing to a repository', () => {
  let repo: GitRepository;
  let services: GitServices;
  let writes: GitWrites;
  let target: Repository;

  beforeEach(async () => {
    repo = new GitRepository();
    services = await GitServices.start({
      roots: [repo.root],
      config: (config) => {
        config.lockTimeout = 400;
      },
    });
    writes = services.writes;
    target = await services.locator.locate(repo.path, signal);
  });

  afterEach(async () => {
    await services.close();
    repo.remove();
  });

  function swap(remove: string, write: string): void {
    rmSync(repo.file(remove), { recursive: true });
    repo.write(write, 'new');
  }

  function link(path: string): void {
    rmSync(repo.file(path));
    symlinkSync('elsewhere', repo.file(path));
  }

  function conflict(resolution: string | null): void {
    repo.conflict('merge');
    if (resolution === null) rmSync(repo.file('file.txt'));
    else repo.write('file.txt', resolution);
  }

  /** What plain git makes of it, in a copy of the index. */
  function afterPlainAdd(): Record<string, string> {
    const index = { GIT_INDEX_FILE: join(repo.root, 'index-copy') };
    copyFileSync(repo.file('.git/index'), index.GIT_INDEX_FILE);
    repo.git(['add', '--all'], index);
    return index;
  }

  describe('staging', () => {
    it.each([
      ['a name with a leading dash', '-x'],
      ['pathspec magic', ':(exclude)x'],
      ['a glob', '*.txt'],
      ['a newline', 'a\nb'],
      ['characters outside ASCII', 'naïve ✓'],
    ])('takes %s literally', async (_, name) => {
      repo.write(name, 'x').write('other.txt', 'y');

      expect(await writes.add(target, [name], signal)).toEqual([name]);

      expect((await writes.reset(target, {}, signal)).paths).toEqual([name]);
    });

    it('takes "." for everything, deletions included', async () => {
      repo.commitFiles('two', { 'gone.txt': 'x', 'kept.txt': 'y' });
      repo.write('new/file.txt', 'z');
      repo.git(['rm', '--quiet', '--cached', 'gone.txt']);
      repo.git(['clean', '--quiet', '-f', 'gone.txt']);

      expect(await writes.add(target, ['.'], signal)).toEqual(['gone.txt', 'new/file.txt']);
    });

    it('stages the deletion of a file that is gone', async () => {
      repo.commitFiles('one', { 'gone.txt': 'x' });
      repo.git(['rm', '--quiet', 'gone.txt']);
      repo.git(['reset', '--quiet']);

      expect(await writes.add(target, ['gone.txt'], signal)).toEqual(['gone.txt']);
    });

    it.each(['../outside', '/etc/passwd', '.git/config', 'sub/.GIT/x', '.git. /x', 'git~1/x', '', 'a\0b'])(
      'refuses %j as a path',
      async (file) => {
        await expect(writes.add(target, [file], signal)).rejects.toMatchObject({ code: 'path_not_allowed' });
      },
    );

    it.each<[string, () => void]>([
      ['a folder in place of a file', () => swap('a', 'a/b')],
      ['a file in place of a folder', () => swap('dir', 'dir')],
      ['a changed mode', () => void repo.write('a', '1', 0o755)],
      ['a link in place of a file', () => link('a')],
      ['a resolved conflict', () => conflict('both\n')],
      ['a conflict resolved by deletion', () => conflict(null)],
      ['a conflict resolved to one side', () => conflict('main\n')],
      ['a nested repository', () => void new GitRepository({ root: repo.path, name: 'n' }).commit('x')],
      ['ignored files', () => void repo.write('.gitignore', 'x*\n').write('x1', '1').write('y1', '1')],
      ['a file that is only intended', () => void repo.write('i', '1').git(['add', '-N', 'i'])],
    ])('stages %s as git add does', async (_, change) => {
      repo.commitFiles('base', { a: '1', 'dir/b': '1' });
      change();
      const theirs = repo.git(['ls-files', '--stage'], afterPlainAdd());

      await writes.add(target, ['.'], signal);

      expect(repo.git(['ls-files', '--stage'])).toBe(theirs);
    });

    it('names the files that do not exist', async () => {
      repo.write('here.txt', 'x');

      await expect(writes.add(target, ['here.txt', 'missing.txt'], signal)).rejects.toMatchObject({
        code: 'operation_failed',
        details: { reason: 'no-such-file', paths: ['missing.txt'] },
      });
    });

    it('names the files that are ignored', async () => {
      repo.write('.gitignore', '*.log\n').write('a.log', 'x').write('b.txt', 'y');

      await expect(writes.add(target, ['a.log', 'b.txt'], signal)).rejects.toMatchObject({
        details: { reason: 'ignored', paths: ['a.log'] },
      });
      expect(repo.status()).toContain('A  b.txt');
    });
  });

  describe('committing', () => {
    it('makes the first commit of a repository', async () => {
      repo.write('a.txt', 'x').stage('a.txt');

      const commit = await writes.commit(target, { message: 'first\n\n# kept\n' }, signal);

      expect(commit).toEqual({ branch: 'main', head: repo.head(), subject: 'first', files: 1 });
      expect(repo.git(['log', '-1', '--format=%B'])).toContain('# kept');
    });

    it('uses the configured identity where the repository has none', async () => {
      repo.write('a.txt', 'x').stage('a.txt');

      await writes.commit(target, { message: 'x' }, signal);

      expect(repo.git(['log', '-1', '--format=%an <%ae> %cn']).trim()).toBe(
        'mcp-git-server <mcp-git-server@localhost> mcp-git-server',
      );
    });

    it("prefers the repository's own identity", async () => {
      repo.config('user.name', 'Grace').config('user.email', 'grace@example.org').write('a', 'x').stage('a');

      await writes.commit(target, { message: 'x' }, signal);

      expect(repo.git(['log', '-1', '--format=%an <%ae> %cn']).trim()).toBe(
        'Grace <grace@example.org> Grace',
      );
    });

    it('is told as done to a caller who gave up once it was', async () => {
      repo.write('a', 'x').stage('a');
      const caller = new AbortController();
      const done = vi.waitFor(() => repo.head(), { interval: 1, timeout: 10_000 }).then(() => caller.abort());

      const commit = await writes.commit(target, { message: 'x' }, caller.signal);
      await done;

      expect(commit).toEqual({ branch: 'main', head: repo.head(), subject: 'x', files: 1 });
    });

    it('says that nothing is staged', async () => {
      repo.commit('one');

      await expect(writes.commit(target, { message: 'x' }, signal)).rejects.toMatchObject({
        details: { reason: 'nothing-staged' },
      });
    });

    it.each([
      ['files that are ignored', 'ignored', { message: 'x', files: ['new.txt', 'a.log'] }],
      ['an amended commit that comes to nothing', 'empty-commit', { amend: true, files: ['a.txt'] }],
    ] as const)('refuses %s with nothing staged that was not', async (_title, reason, request) => {
      repo.commitFiles('one', { '.gitignore': '*.log\n', 'a.txt': 'one\n' });
      repo.commitFiles('two', { 'a.txt': 'two\n' });
      repo.write('a.txt', 'one\n').write('a.log', 'x').write('new.txt', 'n').git(['add', '-N', 'new.txt']);
      const before = repo.git(['ls-files', '--stage', '--debug']);

      await expect(writes.commit(target, request, signal)).rejects.toMatchObject({ details: { reason } });

      expect(repo.git(['ls-files', '--stage', '--debug'])).toBe(before);
    });

    it('commits files with what was staged before, and a file that took the place of a folder', async () => {
      repo.commitFiles('one', { 'dir/a.txt': 'a', 'gone.txt': 'g' });
      repo.write('staged.txt', 's').stage('staged.txt').git(['rm', '-r', '-q', '--cached', 'dir']);
      rmSync(repo.file('dir'), { recursive: true });
      rmSync(repo.file('gone.txt'));
      repo.write('dir', 'a file');

      const { files } = await writes.commit(target, { message: 'x', files: ['dir', 'gone.txt'] }, signal);

      expect(files).toBe(4);
      expect(repo.git(['ls-tree', '-r', '--name-only', 'HEAD'])).toBe('dir\nstaged.txt\n');
      expect(repo.status()).toBe('');
    });

    it('does not look into a nested repository to say so, whose filters would run', async () => {
      const nested = new NestedRepository(repo);

      await expect(writes.commit(target, { message: 'x' }, signal)).rejects.toMatchObject({
        details: { reason: 'nothing-staged' },
      });

      expect(nested.wasRun).toBe(false);
    });

    it('refuses an empty message before anything runs', async () => {
      await expect(writes.commit(target, { message: ' \n' }, signal)).rejects.toMatchObject({
        details: { reason: 'empty-message' },
      });
    });
  });

  describe('branches', () => {
    it('creates one at a base without switching to it', async () => {
      const one = repo.commit('one');
      repo.commit('two');

      expect(await writes.createBranch(target, 'feature/x', 'HEAD~1', signal)).toEqual({
        name: 'feature/x',
        sha: one,
      });
      expect(repo.currentBranch()).toBe('main');
    });

    it.each([
      '-x',
      'a..b',
      'a b',
      'a~1',
      'a^',
      'a:b',
      'a?',
      'a*',
      'a[',
      'a\\b',
      'x.lock',
      'a/',
      '/a',
      'a//b',
      '@',
      'HEAD',
      '.a',
      'a/.b',
      'a.',
      'a@{b',
      '',
    ])('refuses %j as a name', async (name) => {
      repo.commit('one');

      await expect(writes.createBranch(target, name, undefined, signal)).rejects.toMatchObject({
        details: { reason: 'invalid-name' },
      });
    });

    it('refuses a name that is taken, and a base that is not there', async () => {
      repo.commit('one');

      await expect(writes.createBranch(target, 'main', undefined, signal)).rejects.toMatchObject({
        details: { reason: 'branch-exists' },
      });
      await expect(writes.createBranch(target, 'x', '--all', signal)).rejects.toMatchObject({
        code: 'revision_not_found',
      });
      await expect(writes.createBranch(target, 'x', 'nowhere', signal)).rejects.toMatchObject({
        code: 'revision_not_found',
        details: { revision: 'nowhere' },
      });
    });

    it('checks out a branch, a tag with HEAD detached, and the branch of a remote', async () => {
      const one = repo.commitFiles('one', { a: '1' });
      repo.tag('v1').branch('other');
      const two = repo.commitFiles('two', { a: '2' });
      repo.git(['update-ref', 'refs/remotes/origin/theirs', one]);
      repo.git(['remote', 'add', 'origin', '/nowhere']);

      expect(await writes.checkout(target, 'other', signal)).toEqual({ branch: 'other', head: one });
      expect(await writes.checkout(target, 'main', signal)).toEqual({ branch: 'main', head: two });
      expect(await writes.checkout(target, 'v1', signal)).toEqual({ branch: null, head: one });
      expect(await writes.checkout(target, 'theirs', signal)).toEqual({ branch: 'theirs', head: one });
      expect(repo.git(['config', 'branch.theirs.remote']).trim()).toBe('origin');
    });

    it.each(['tracked', 'untracked'])('keeps a %s change that would be lost, and names it', async (kind) => {
      repo.commitFiles('one', { a: '1', b: '1' });
      repo.branch('other').checkout('other').commitFiles('two', { a: '2', c: '2' });
      repo.checkout('main');
      const file = kind === 'tracked' ? 'a' : 'c';
      repo.write(file, 'mine');

      await expect(writes.checkout(target, 'other', signal)).rejects.toMatchObject({
        details: { reason: 'local-changes', paths: [file] },
      });
      expect(repo.read(file)).toBe('mine');
    });

    it('refuses what names nothing', async () => {
      repo.commit('one');

      await expect(writes.checkout(target, 'nowhere', signal)).rejects.toMatchObject({
        code: 'revision_not_found',
      });
      await expect(writes.checkout(target, '--orphan', signal)).rejects.toMatchObject({
        code: 'revision_not_found',
      });
    });
  });

  describe('merging', () => {
    it('fast-forwards, and then has nothing to do', async () => {
      const base = repo.commitFiles('one', { a: '1' });
      repo.branch('other').checkout('other');
      const two = repo.commitFiles('two', { a: '2' });
      repo.checkout('main');

      expect(await writes.merge(target, { source: 'other' }, signal)).toEqual({
        branch: 'main',
        head: two,
        outcome: 'fast-forward',
      });
      expect(await writes.merge(target, { source: base }, signal)).toMatchObject({
        outcome: 'already-up-to-date',
      });
    });

    it('makes a merge commit with the usual message where a fast-forward is not wanted', async () => {
      repo.commitFiles('one', { a: '1' });
      repo.branch('other').checkout('other').commitFiles('two', { a: '2' });
      repo.checkout('main');

      expect(await writes.merge(target, { source: 'other', noFastForward: true }, signal)).toMatchObject({
        outcome: 'merged',
      });
      expect(repo.git(['log', '-1', '--format=%s']).trim()).toBe("Merge branch 'other'");
    });

    it('stops at a conflict, goes on after its resolution', async () => {
      repo.diverge();

      await expect(writes.merge(target, { source: 'other' }, signal)).rejects.toMatchObject({
        code: 'merge_conflict',
        details: { operation: 'merge', paths: ['file.txt'] },
      });
      await expect(writes.continue(target, 'merge', signal)).rejects.toMatchObject({
        code: 'merge_conflict',
      });
      await expect(writes.checkout(target, 'other', signal)).rejects.toMatchObject({
        details: { reason: 'operation-in-progress', operation: 'merge' },
      });
      repo.write('file.txt', 'both\n');
      await writes.add(target, ['file.txt'], signal);

      const head = await writes.continue(target, 'merge', signal);

      expect(head).toEqual({ branch: 'main', head: repo.head() });
      expect(repo.git(['rev-list', '--count', '--merges', 'HEAD']).trim()).toBe('1');
    });

    it('refuses histories that have nothing in common', async () => {
      repo.commitFiles('one', { a: '1' });
      repo.git(['checkout', '--quiet', '--orphan', 'alien']);
      repo.commitFiles('two', { b: '2' });

      await expect(writes.merge(target, { source: 'main' }, signal)).rejects.toMatchObject({
        details: { reason: 'unrelated-histories' },
      });
    });

    it('refuses to overwrite a local change, and names it', async () => {
      repo.diverge();
      repo.write('file.txt', 'mine');

      await expect(writes.merge(target, { source: 'other' }, signal)).rejects.toMatchObject({
        details: { reason: 'local-changes', paths: ['file.txt'] },
      });
    });
  });

  describe('rebasing and picking', () => {
    it('rebases, and counts what was rewritten', async () => {
      repo.commitFiles('base', { a: '1' });
      repo.branch('other').checkout('other').commitFiles('theirs', { b: '1' });
      repo.checkout('main').commitFiles('mine', { c: '1' });
      repo.commitFiles('mine too', { d: '1' });

      const done = await writes.rebase(target, { upstream: 'other' }, signal);

      expect(done).toEqual({ branch: 'main', head: repo.head(), rewritten: 2 });
      expect(repo.revision('HEAD~2')).toBe(repo.revision('other'));
      expect(await writes.rebase(target, { upstream: 'other' }, signal)).toMatchObject({ rewritten: 0 });
    });

    it('refuses to rebase over local changes', async () => {
      repo.diverge();
      repo.write('file.txt', 'mine');

      await expect(writes.rebase(target, { upstream: 'other' }, signal)).rejects.toMatchObject({
        details: { reason: 'local-changes', paths: ['file.txt'] },
      });
    });

    it('picks a commit under its own author, and once only', async () => {
      repo.commitFiles('base', { a: '1' });
      repo.branch('other').checkout('other');
      const theirs = repo.commitFiles('theirs', { b: '1' });
      repo.checkout('main');

      expect(await writes.cherryPick(target, { commits: theirs, noCommit: false }, signal)).toEqual({
        branch: 'main',
        head: repo.head(),
        applied: 1,
        skipped: 0,
      });
      expect(repo.git(['log', '-1', '--format=%an|%cn']).trim()).toBe('Ada|mcp-git-server');
      await expect(
        writes.cherryPick(target, { commits: theirs, noCommit: false }, signal),
      ).rejects.toMatchObject({
        details: { reason: 'nothing-to-apply' },
      });
      expect(repo.status()).toBe('');
    });

    it('takes back nothing where the commit changed nothing, and leaves nothing behind', async () => {
      repo.commitFiles('base', { a: '1' });
      const empty = repo.commit('empty');

      await expect(writes.revert(target, { commits: empty, noCommit: false }, signal)).rejects.toMatchObject({
        details: { reason: 'nothing-to-apply' },
      });
      expect(repo.has('.git/MERGE_MSG')).toBe(false);
      expect(repo.head()).toBe(empty);
    });

    it('stages a pick without committing it', async () => {
      const base = repo.commitFiles('base', { a: '1' });
      repo.branch('other').checkout('other').commitFiles('theirs', { b: '1' });
      repo.checkout('main');

      expect(await writes.cherryPick(target, { commits: 'other', noCommit: true }, signal)).toEqual({
        branch: 'main',
        head: base,
        applied: 1,
        skipped: 0,
      });
      expect(repo.status()).toBe('A  b\n');
    });

    it('refuses to pick a merge', async () => {
      repo.commitFiles('one', { a: '1' });
      repo.branch('other').checkout('other').commitFiles('two', { b: '2' });
      repo.checkout('main').git(['merge', '--quiet', '--no-ff', '-m', 'm', 'other']);

      await expect(
        writes.cherryPick(target, { commits: 'HEAD', noCommit: false }, signal),
      ).rejects.toMatchObject({
        details: { reason: 'is-a-merge' },
      });
    });
  });

  describe.each(['merge', 'rebase', 'cherry-pick', 'revert'] as const)('a %s that stopped', (operation) => {
    it('is aborted, back to where it began', async () => {
      repo.conflict(operation);

      expect(await writes.abort(target, operation, signal)).toEqual({
        branch: 'main',
        head: repo.revision('main'),
      });

      expect(repo.status()).toBe('');
      await expect(writes.abort(target, operation, signal)).rejects.toMatchObject({
        details: { reason: 'nothing-in-progress', current: null },
      });
    });

    it('goes on once its conflict is resolved', async () => {
      repo.conflict(operation);
      repo.write('file.txt', 'resolved\n');
      await writes.add(target, ['file.txt'], signal);

      const { branch } = await writes.continue(target, operation, signal);

      expect(branch).toBe('main');
      expect(repo.status()).toBe('');
      repo.fsck();
    });

    it('is not taken for another', async () => {
      repo.conflict(operation);
      const another = operation === 'merge' ? 'rebase' : 'merge';

      await expect(writes.abort(target, another, signal)).rejects.toMatchObject({
        details: { reason: 'nothing-in-progress', current: operation },
      });
    });
  });

  describe("git's own locks", () => {
    it('are waited for, and then named with their age; nobody removes them', async () => {
      repo.write('a', 'x');
      const lock = join(repo.path, '.git', 'index.lock');
      writeFileSync(lock, '');

      await expect(writes.add(target, ['a'], signal)).rejects.toMatchObject({
        code: 'repository_busy',
        retryAfterMs: 1_000,
        details: { lock: 'index.lock' },
      });

      expect(repo.has('.git/index.lock')).toBe(true);
    });
  });

  describe('a new repository', () => {
    it('is made with main as its branch, or the one that is named', async () => {
      const made = await writes.init(join(repo.root, 'new'), undefined, false, signal);
      const bare = await writes.init(join(repo.root, 'new.git'), 'trunk', true, signal);

      expect(made).toMatchObject({ path: join(repo.root, 'new'), bare: false });
      expect(bare).toMatchObject({ path: join(repo.root, 'new.git'), bare: true });
      expect(repo.git(['--git-dir', bare.path, 'symbolic-ref', 'HEAD']).trim()).toBe('refs/heads/trunk');
    });

    it('is not made over something', async () => {
      repo.commitFiles('one', { a: 'x' });

      await expect(writes.init(repo.path, undefined, false, signal)).rejects.toMatchObject({
        details: { reason: 'not-empty' },
      });
    });
  });
});
