import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GitRemotes } from '../../src/git/git-writes.port.js';
import { type Repository } from '../../src/git/repository.js';
import { type GitRepository } from '../support/git-repository.js';
import { RemotePlace } from './git-remotes.harness.js';

const signal = new AbortController().signal;
const quiet = () => undefined;

describe('Commits from and to remotes', () => {
  let place: RemotePlace;
  let repo: GitRepository;
  let bare: GitRepository;
  let remotes: GitRemotes;
  let here: Repository;

  beforeEach(async () => {
    place = await RemotePlace.start();
    ({ repo, bare, remotes, here } = place);
  });

  afterEach(() => place.end());

  describe('fetching', () => {
    it('says which branches are new, moved, rewritten and gone', async () => {
      const other = bare.clone('other');
      await remotes.fetch(here, { remote: 'origin' }, quiet, signal);
      const two = other.commitFiles('two', { 'a.txt': '2\n' });
      other.branch('rewritten').branch('gone');
      other.git(['push', '--quiet', 'origin', 'main', 'rewritten', 'gone']);
      expect(
        (await remotes.fetch(here, { remote: 'origin' }, quiet, signal)).map(({ ref, outcome }) => [
          ref,
          outcome,
        ]),
      ).toEqual([
        ['refs/remotes/origin/gone', 'new'],
        ['refs/remotes/origin/main', 'fast-forward'],
        ['refs/remotes/origin/rewritten', 'new'],
      ]);
      other.git(['push', '--quiet', 'origin', ':gone']);
      other.git(['push', '--quiet', '--force', 'origin', `${two}~1:rewritten`]);

      const updates = await remotes.fetch(here, { remote: 'origin', prune: true }, quiet, signal);

      expect(updates).toEqual([
        { ref: 'refs/remotes/origin/gone', from: two, to: null, outcome: 'deleted' },
        { ref: 'refs/remotes/origin/rewritten', from: two, to: repo.head(), outcome: 'forced' },
      ]);
    });

    it('brings one branch, and says if the remote has none of that name', async () => {
      const updates = await remotes.fetch(here, { remote: 'origin', branch: 'main' }, quiet, signal);

      expect(updates).toEqual([
        { ref: 'refs/remotes/origin/main', from: null, to: repo.head(), outcome: 'new' },
      ]);
      await expect(
        remotes.fetch(here, { remote: 'origin', branch: 'nowhere' }, quiet, signal),
      ).rejects.toMatchObject({
        code: 'revision_not_found',
      });
    });

    it('says that a remote is unknown, or gone', async () => {
      await expect(remotes.fetch(here, { remote: 'nobody' }, quiet, signal)).rejects.toMatchObject({
        details: { reason: 'unknown-remote' },
      });
      repo.git(['remote', 'set-url', 'origin', join(repo.root, 'gone')]);
      await expect(remotes.fetch(here, { remote: 'origin' }, quiet, signal)).rejects.toMatchObject({
        code: 'not_a_repository',
      });
    });
  });

  describe('pulling', () => {
    let theirs: string;

    beforeEach(() => {
      const other = bare.clone('other');
      theirs = other.commitFiles('theirs', { 'b.txt': '2\n' });
      other.git(['push', '--quiet', 'origin', 'main']);
    });

    it('fast-forwards, and then is up to date', async () => {
      expect(await remotes.pull(here, { remote: 'origin' }, quiet, signal)).toMatchObject({
        branch: 'main',
        head: theirs,
        outcome: 'fast-forward',
        updates: [{ ref: 'refs/remotes/origin/main', to: theirs }],
      });
      expect(await remotes.pull(here, { remote: 'origin' }, quiet, signal)).toMatchObject({
        outcome: 'already-up-to-date',
        updates: [],
      });
    });

    it('merges what has diverged, or rebases it on request', async () => {
      const mine = repo.commitFiles('mine', { 'c.txt': '3\n' });

      expect(await remotes.pull(here, { remote: 'origin' }, quiet, signal)).toMatchObject({
        outcome: 'merged',
      });
      expect(repo.git(['log', '-1', '--format=%s'])).toContain("Merge branch 'main' of");
      repo.git(['reset', '--quiet', '--hard', mine]);

      expect(await remotes.pull(here, { remote: 'origin', rebase: true }, quiet, signal)).toMatchObject({
        outcome: 'rebased',
      });
      expect(repo.revision('HEAD~1')).toBe(theirs);
    });

    it('stops at a conflict as a merge does', async () => {
      repo.commitFiles('mine', { 'b.txt': 'mine\n' });

      await expect(remotes.pull(here, { remote: 'origin' }, quiet, signal)).rejects.toMatchObject({
        code: 'merge_conflict',
        details: { operation: 'merge', paths: ['b.txt'] },
      });
    });

    it('needs to be told the branch when HEAD is on none', async () => {
      repo.git(['checkout', '--quiet', '--detach']);

      await expect(remotes.pull(here, { remote: 'origin' }, quiet, signal)).rejects.toMatchObject({
        details: { reason: 'detached' },
      });
    });
  });

  describe('pushing', () => {
    it('moves the branch, remembers what the remote has, and follows it on request', async () => {
      const one = repo.head();
      await remotes.fetch(here, { remote: 'origin' }, quiet, signal);
      const two = repo.commitFiles('two', { 'a.txt': '2\n' });

      const updates = await remotes.push(here, { remote: 'origin', setUpstream: true }, quiet, signal);

      expect(updates).toEqual([{ ref: 'refs/heads/main', from: one, to: two, outcome: 'fast-forward' }]);
      expect(bare.revision('main')).toBe(two);
      expect(repo.revision('refs/remotes/origin/main')).toBe(two);
      expect(repo.git(['rev-parse', '--abbrev-ref', '@{upstream}']).trim()).toBe('origin/main');
      expect(await remotes.push(here, { remote: 'origin' }, quiet, signal)).toEqual([
        { ref: 'refs/heads/main', from: two, to: two, outcome: 'up-to-date' },
      ]);
    });

    it('creates a branch at the remote', async () => {
      repo.branch('new');

      expect(await remotes.push(here, { remote: 'origin', branch: 'new' }, quiet, signal)).toEqual([
        { ref: 'refs/heads/new', from: null, to: repo.head(), outcome: 'new' },
      ]);
    });

    it('says that it was rejected, and why', async () => {
      const other = bare.clone('other');
      other.commitFiles('theirs', { 'b.txt': '2\n' });
      other.git(['push', '--quiet', 'origin', 'main']);
      repo.commitFiles('mine', { 'c.txt': '3\n' });

      await expect(remotes.push(here, { remote: 'origin' }, quiet, signal)).rejects.toMatchObject({
        code: 'operation_failed',
        details: {
          reason: 'rejected',
          updates: [{ ref: 'refs/heads/main', outcome: 'rejected', reason: 'fetch first' }],
        },
      });
    });

    it('forces over what was seen, but not over what was pushed since', async () => {
      await remotes.fetch(here, { remote: 'origin' }, quiet, signal);
      const amended = repo.git(['commit-tree', '-m', 'anew', 'HEAD^{tree}']).trim();
      repo.git(['reset', '--quiet', '--soft', amended]);
      expect(await remotes.push(here, { remote: 'origin', force: true }, quiet, signal)).toMatchObject([
        { outcome: 'forced' },
      ]);
      const other = bare.clone('other');
      other.commitFiles('theirs', { 'b.txt': '2\n' });
      other.git(['push', '--quiet', 'origin', 'main']);
      repo.git(['commit', '--quiet', '--amend', '-m', 'again']);

      await expect(
        remotes.push(here, { remote: 'origin', force: true }, quiet, signal),
      ).rejects.toMatchObject({
        details: { reason: 'rejected', updates: [{ reason: 'stale info' }] },
      });
    });
  });
});
