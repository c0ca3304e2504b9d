import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ToolBench } from '../support/tool-bench.js';
import { files, TopicRepository } from './tools-integration.harness.js';

describe('Tools that bring commits together', () => {
  let tools: ToolBench;
  let repo: TopicRepository;

  beforeAll(async () => {
    tools = await ToolBench.start();
  });

  afterAll(() => tools.close());

  beforeEach(() => {
    repo = new TopicRepository(tools);
  });

  describe('git_merge', () => {
    beforeEach(() => {
      repo
        .branch('other')
        .checkout('other')
        .commitFiles('theirs', { 'a.txt': '1\n2\ntheirs\n', 'n.txt': 'n\n' });
      repo.checkout('topic');
    });

    it('says beforehand whether it fast-forwards, and to what', async () => {
      const before = repo.head();
      const { effects } = await repo.dryRun('git_merge', { source_branch: 'other' });
      expect(effects[0]).toEqual({
        action: 'fast-forward',
        subject: 'refs/heads/topic',
        from: before,
        to: repo.revision('other'),
      });

      const { structured } = await repo.call('git_merge', {
        source_branch: 'other',
        fast_forward_only: true,
      });

      expect(structured).toMatchObject({ outcome: 'fast-forward', head: repo.revision('other') });
      expect(files(effects)).toEqual(repo.changedSince(before));
      expect((await repo.dryRun('git_merge', { source_branch: 'other' })).effects).toEqual([]);
    });

    it('says beforehand what it would merge, and refuses what only fast-forwards', async () => {
      repo.commitFiles('mine', { 'b.txt': 'mine\n' });
      const before = repo.head();
      const { effects } = await repo.dryRun('git_merge', { source_branch: 'other' });
      await expect(
        repo.call('git_merge', { source_branch: 'other', fast_forward_only: true }),
      ).rejects.toMatchObject({
        details: { reason: 'not-a-fast-forward' },
      });

      await repo.call('git_merge', { source_branch: 'other' });

      expect(files(effects)).toEqual(repo.changedSince(before));
    });

    it('says beforehand what would conflict, and what would not where a side is favoured', async () => {
      repo.commitFiles('mine', { 'a.txt': '1\n2\nmine\n' });
      const plain = await repo.dryRun('git_merge', { source_branch: 'other' });
      expect(plain.text).toContain('Conflicts in: a.txt');
      const favoured = await repo.dryRun('git_merge', { source_branch: 'other', favor: 'ours' });
      expect(favoured.effects.some(({ action }) => action === 'conflict')).toBe(false);

      await repo.call('git_merge', { source_branch: 'other', favor: 'ours' });

      expect(repo.read('a.txt')).toBe('1\n2\nmine\n');
      expect(repo.read('n.txt')).toBe('n\n');
    });

    it('squashes, or keeps the own tree', async () => {
      repo.commitFiles('mine', { 'b.txt': 'mine\n' });
      const before = repo.head();
      const squashed = await repo.call('git_merge', { source_branch: 'other', squash: true });
      expect(squashed.structured).toEqual({ branch: 'topic', head: before, outcome: 'squashed' });
      expect(repo.status()).toBe('M  a.txt\nA  n.txt\n');
      await repo.call('git_undo');
      expect(repo.status()).toBe('');

      await repo.call('git_merge', { source_branch: 'other', strategy: 'ours' });

      expect(repo.revision('HEAD^2')).toBe(repo.revision('other'));
      expect(repo.revision('HEAD^{tree}')).toBe(repo.revision(`${before}^{tree}`));
    });

    it.each([
      ['squash and no_fast_forward', { squash: true, no_fast_forward: true }],
      ['only and never a fast-forward', { fast_forward_only: true, no_fast_forward: true }],
      ['our tree and their lines', { strategy: 'ours', favor: 'theirs' }],
    ])('refuses %s', async (_what, args) => {
      await expect(repo.call('git_merge', { source_branch: 'other', ...args })).rejects.toMatchObject({
        details: { reason: 'conflicting-options' },
      });
    });

    it.each(['git_merge', 'git_cherry_pick'])('%s tells of local changes in a dry run too', async (name) => {
      repo.commitFiles('mine', { 'b.txt': 'mine\n' });
      repo.write('a.txt', 'local\n');
      const args = name === 'git_merge' ? { source_branch: 'other' } : { commit_hash: 'other' };

      for (const dry_run of [true, false])
        await expect(repo.call(name, { ...args, dry_run })).rejects.toMatchObject({
          details: { reason: 'local-changes', paths: ['a.txt'] },
        });
    });

    it('is done once for an idempotency key, and only at the expected commit', async () => {
      const expected_head = repo.head();
      const args = { source_branch: 'other', no_fast_forward: true, idempotency_key: 'k', expected_head };

      const first = await repo.call('git_merge', args);
      const again = await repo.call('git_merge', args);

      expect(again).toEqual(first);
      await expect(repo.call('git_merge', { source_branch: 'other', expected_head })).rejects.toMatchObject({
        details: { reason: 'unexpected_state' },
      });
    });
  });

  describe('git_rebase', () => {
    beforeEach(() => {
      repo.branch('upstream').checkout('upstream').commitFiles('up', { 'u.txt': 'u\n' });
      repo.checkout('topic');
      repo.commitFiles('one', { 'a.txt': '1\n2\none\n' });
      repo.commitFiles('two', { 'b.txt': 'two\n' });
    });

    it('says beforehand what it replays', async () => {
      const before = repo.head();
      const { text, effects } = await repo.dryRun('git_rebase', { target_branch: 'upstream' });
      expect(text).toContain('Replay 2 commits');

      const { structured } = await repo.call('git_rebase', { target_branch: 'upstream' });

      expect(structured).toMatchObject({ rewritten: 2 });
      expect(files(effects)).toEqual(repo.changedSince(before));
      expect((await repo.dryRun('git_rebase', { target_branch: 'upstream' })).effects).toEqual([]);
    });

    it('says beforehand where it would stop', async () => {
      repo.checkout('upstream').commitFiles('up too', { 'b.txt': 'up\n' });
      repo.checkout('topic');

      const { text, effects } = await repo.dryRun('git_rebase', { target_branch: 'upstream' });

      expect(text).toContain('stopping at conflicts at step 2 of 2');
      expect(effects).toContainEqual({ action: 'conflict', subject: 'b.txt', from: null, to: null });
      await expect(repo.call('git_rebase', { target_branch: 'upstream' })).rejects.toMatchObject({
        details: { paths: ['b.txt'] },
      });
    });

    it('puts a part of the branch elsewhere, with the branches that are at it', async () => {
      repo.branch('middle', 'HEAD');
      repo.commitFiles('three', { 'c.txt': '3\n' });
      const args = { target_branch: 'HEAD~2', onto: 'upstream', update_refs: true };

      await repo.call('git_rebase', args);

      expect(repo.subjects('upstream..topic')).toEqual(['three', 'two']);
      expect(repo.revision('middle')).toBe(repo.revision('topic~1'));
      expect(repo.revision('topic~2')).toBe(repo.revision('upstream'));
      await repo.call('git_undo');
      expect(repo.subjects('topic').slice(0, 3)).toEqual(['three', 'two', 'one']);
      expect(repo.revision('middle')).toBe(repo.revision('topic~1'));
    });

    it('folds what is marked to be folded', async () => {
      repo.commitFiles('fixup! one', { 'a.txt': '1\n2\nfixed\n' });

      await repo.call('git_rebase', { target_branch: 'upstream', autosquash: true });

      expect(repo.subjects('upstream..')).toEqual(['two', 'one']);
      expect(repo.git(['show', 'HEAD~1:a.txt'])).toBe('1\n2\nfixed\n');
    });

    it('asks before it rewrites what a remote has', async () => {
      repo.git(['update-ref', 'refs/remotes/origin/topic', 'HEAD~1']);

      await expect(repo.call('git_rebase', { target_branch: 'upstream' })).rejects.toMatchObject({
        code: 'forbidden',
        details: { reason: 'confirmation_required', question: expect.stringContaining('"1"') as string },
      });
      await repo.call('git_rebase', { target_branch: 'upstream', confirm: true });

      expect(repo.subjects('upstream..')).toEqual(['two', 'one']);
    });
  });
});
