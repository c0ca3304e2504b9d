import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GitWrites } from '../../src/git/git-writes.port.js';
import { type Repository } from '../../src/git/repository.js';
import { type GitRepository } from '../support/git-repository.js';
import { WritingPlace } from './git-writes.harness.js';

const signal = new AbortController().signal;

describe('Bringing commits together', () => {
  let place: WritingPlace;
  let repo: GitRepository;
  let writes: GitWrites;
  let target: Repository;

  beforeEach(async () => {
    place = await WritingPlace.start();
    ({ repo, writes, target } = place);
  });

  afterEach(() => place.end());

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
});
