import { rmSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type GitWrites } from '../../src/git/git-writes.port.js';
import { type Repository } from '../../src/git/repository.js';
import { type GitRepository } from '../support/git-repository.js';
import { NestedRepository } from '../support/nested-repository.js';
import { WritingPlace } from './git-writes.harness.js';

const signal = new AbortController().signal;

describe('Writing commits', () => {
  let place: WritingPlace;
  let repo: GitRepository;
  let writes: GitWrites;
  let target: Repository;

  beforeEach(async () => {
    place = await WritingPlace.start();
    ({ repo, writes, target } = place);
  });

  afterEach(() => place.end());

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
});
