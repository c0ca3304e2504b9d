import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { NestedRepository } from '../support/nested-repository.js';
import { pictureOf } from '../support/repository-state.js';
import { ToolBench } from '../support/tool-bench.js';
import { files, TopicRepository } from './tools-integration.harness.js';

describe('Tools that pick commits and take them back', () => {
  let tools: ToolBench;
  let repo: TopicRepository;

  beforeAll(async () => {
    tools = await ToolBench.start();
  });

  afterAll(() => tools.close());

  beforeEach(() => {
    repo = new TopicRepository(tools);
  });

  describe('git_revert', () => {
    it('takes back one commit, and says before which files that changes', async () => {
      const base = repo.head();
      repo.commitFiles('change', { 'a.txt': '1\n2\nx\n', 'c.txt': 'c\n' });
      const changed = repo.head();

      const { effects } = await repo.dryRun('git_revert', { commit_hash: 'HEAD' });
      const { structured } = await repo.call('git_revert', { commit_hash: 'HEAD' });

      expect(structured).toEqual({ branch: 'topic', head: repo.head(), applied: 1, skipped: 0 });
      expect(repo.subjects('HEAD~1..')).toEqual(['Revert "change"']);
      expect(repo.revision('HEAD^{tree}')).toBe(repo.revision(`${base}^{tree}`));
      expect(files(effects)).toEqual(repo.changedSince(changed));
      repo.fsck();
    });

    it('takes back a range, newest first, and leaves out what changes nothing', async () => {
      const base = repo.head();
      repo.commitFiles('one', { 'a.txt': 'one\n' });
      repo.commit('empty');
      repo.commitFiles('two', { 'a.txt': 'two\n' });

      const { structured } = await repo.call('git_revert', { commit_hash: `${base}..HEAD` });

      expect(structured).toMatchObject({ applied: 2, skipped: 1 });
      expect(repo.subjects(`${base}..`).slice(0, 2)).toEqual(['Revert "one"', 'Revert "two"']);
      expect(repo.revision('HEAD^{tree}')).toBe(repo.revision(`${base}^{tree}`));
    });

    it('stages without a commit, and takes back a merge seen from its first parent', async () => {
      repo.branch('other').checkout('other').commitFiles('other', { 'c.txt': 'c\n' });
      repo.checkout('topic').git(['merge', '--quiet', '--no-ff', '-m', 'merge', 'other']);
      const merged = repo.head();

      await expect(repo.call('git_revert', { commit_hash: 'HEAD' })).rejects.toMatchObject({
        details: { reason: 'is-a-merge', commit: merged },
      });
      await repo.call('git_revert', { commit_hash: 'HEAD', mainline: 1, no_commit: true });

      expect(repo.head()).toBe(merged);
      expect(repo.status()).toBe('D  c.txt\n');
    });

    it.each([
      ['a parent of a commit that is no merge', { commit_hash: 'HEAD', mainline: 1 }, 'not-a-merge'],
      ['an empty range', { commit_hash: 'HEAD..HEAD' }, 'empty-range'],
    ])('refuses %s', async (_what, args, reason) => {
      repo.commitFiles('one', { 'a.txt': 'one\n' });

      await expect(repo.call('git_revert', args)).rejects.toMatchObject({ details: { reason } });
    });
  });

  describe('git_cherry_pick', () => {
    beforeEach(() => {
      repo.branch('other').checkout('other');
      repo.commitFiles('one', { 'c.txt': '1\n' });
      repo.commitFiles('two', { 'c.txt': '2\n' });
      repo.commitFiles('three', { 'a.txt': '1\n2\nthree\n' });
      repo.checkout('topic');
    });

    it('applies a range, oldest first, with the origin of each', async () => {
      const before = repo.head();
      const { effects } = await repo.dryRun('git_cherry_pick', { commit_hash: '..other' });

      const { structured } = await repo.call('git_cherry_pick', {
        commit_hash: '..other',
        record_origin: true,
      });

      expect(structured).toMatchObject({ applied: 3, skipped: 0 });
      expect(repo.subjects(`${before}..`)).toEqual(['three', 'two', 'one']);
      expect(repo.git(['log', '-1', '--format=%b']).trim()).toBe(
        `(cherry picked from commit ${repo.revision('other')})`,
      );
      expect(repo.revision('HEAD^{tree}')).toBe(repo.revision('other^{tree}'));
      expect(files(effects)).toEqual(repo.changedSince(before));
    });

    it('stops in the middle of a range with its step, and goes on to the end', async () => {
      repo.commitFiles('mine', { 'a.txt': '1\n2\nmine\n' });
      repo.checkout('other').commitFiles('four', { 'd.txt': '4\n' });
      repo.checkout('topic');
      const { text, effects } = await repo.dryRun('git_cherry_pick', { commit_hash: '..other' });
      expect(text).toContain('stopping at conflicts at step 3 of 4');
      expect(effects).toContainEqual({ action: 'conflict', subject: 'a.txt', from: null, to: null });

      await expect(repo.call('git_cherry_pick', { commit_hash: '..other' })).rejects.toMatchObject({
        code: 'merge_conflict',
      });
      expect((await repo.call('git_status')).structured).toMatchObject({
        operation: 'cherry-pick',
        progress: { step: 3, total: 4, commit: repo.revision('other~1') },
      });
      await repo.call('git_resolve', { paths: ['a.txt'], side: 'theirs' });
      await repo.call('git_continue', { operation: 'cherry-pick' });

      expect(repo.subjects('HEAD~4..')).toEqual(['four', 'three', 'two', 'one']);
      expect(repo.status()).toBe('');
    });

    it('goes back to the beginning of a range', async () => {
      repo.commitFiles('mine', { 'a.txt': '1\n2\nmine\n' });
      const before = pictureOf(repo);
      await repo.call('git_cherry_pick', { commit_hash: '..other' }).catch(() => undefined);

      await repo.call('git_abort', { operation: 'cherry-pick' });

      expect(pictureOf(repo)).toEqual(before);
    });

    it('lets a side win, and applies a merge seen from a parent', async () => {
      repo.commitFiles('mine', { 'a.txt': '1\n2\nmine\n' });
      await repo.call('git_cherry_pick', { commit_hash: 'other', favor: 'theirs' });
      expect(repo.read('a.txt')).toBe('1\n2\nthree\n');

      repo.checkout('other').git(['checkout', '--quiet', '-b', 'side']);
      repo.commitFiles('side', { 'side.txt': 's\n' });
      repo.checkout('other').git(['merge', '--quiet', '--no-ff', '-m', 'merge', 'side']);
      repo.checkout('topic');
      await repo.call('git_cherry_pick', { commit_hash: 'other', mainline: 1 });
      expect(repo.read('side.txt')).toBe('s\n');
    });

    it.each(['git_cherry_pick', 'git_revert'])(
      '%s lets no filter of a repository within run, and neither does its dry run',
      async (name) => {
        const nested = new NestedRepository(repo);
        const refused = { code: 'untrusted_config', details: { paths: ['nested'] } };

        for (const dry_run of [false, true]) {
          nested.lookChanged();
          await expect(repo.call(name, { commit_hash: 'topic~1', dry_run })).rejects.toMatchObject(refused);
        }

        expect(nested.wasRun).toBe(false);
      },
    );

    it('works beside a repository within that names nothing', async () => {
      const inner = new GitRepository({ root: repo.path, name: 'plain' });
      inner.commitFiles('inner', { 'in.txt': 'x\n' });
      repo.git(['-c', 'advice.addEmbeddedRepo=false', 'add', 'plain']);
      repo.commit('track');

      await repo.call('git_cherry_pick', { commit_hash: 'other' });

      expect(repo.subjects('HEAD~1..')).toEqual(['three']);
    });
  });
});
