import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GitRepository } from '../support/git-repository.js';
import { PromptHarness } from './mcp-prompts.harness.js';

describe('The prompts that lead to messages and notes', () => {
  let harness: PromptHarness;
  let repo: GitRepository;

  beforeEach(async () => {
    harness = await PromptHarness.start();
    ({ repo } = harness);
  });

  afterEach(() => harness.close());

  const render: PromptHarness['render'] = (...asked) => harness.render(...asked);

  describe('commit_message', () => {
    it('shows what is staged, the status and the manner of the last commits', async () => {
      repo.commitFiles('feat(core): begin', { 'a.txt': 'one\n' });
      repo.write('a.txt', 'two\n').stage('a.txt').write('b.txt', 'not staged\n');

      const { data, own } = await render('commit_message', { type: 'fix', scope: 'core' });

      expect(data['staged changes, files']).toBe('M a.txt +1 -1');
      expect(data['staged changes, patch']).toContain('-one\n+two');
      expect(data['staged changes, patch']).not.toContain('not staged');
      expect(data['status']).toContain('Untracked files:\n  b.txt');
      expect(data['recent commits']).toMatch(/^[0-9a-f]{12} feat\(core\): begin$/);
      expect(own).toContain('- type: fix\n- scope: core');
    });

    it('says that nothing is staged, and that there is no commit yet', async () => {
      const { data, own } = await render('commit_message');

      expect(own).toContain('staged changes: nothing is staged.');
      expect(own).toContain('recent commits: there are no commits yet; this would be the first.');
      expect(data['status']).toContain('No commits yet');
      expect(own).not.toContain('Asked for by the user');
    });

    it('cuts a long patch, says so, and keeps the list of all files', async () => {
      repo.commitFiles('base', {});
      repo.write('a.txt', 'line\n'.repeat(30_000)).write('b.txt', 'b\n').stage('a.txt', 'b.txt');

      const { data, own, text } = await render('commit_message');

      expect(data['staged changes, files']).toBe('A a.txt +30000 -0\nA b.txt +1 -0');
      expect(data['staged changes, patch']?.endsWith('+line')).toBe(true);
      expect(own).toMatch(/\(The block above is cut: it holds the beginning of \d+ characters\)/);
      expect(text.length).toBeLessThan(70_000);
    });
  });

  describe('pr_description', () => {
    it('shows the commits and the changes since the branch left the main branch', async () => {
      repo.commitFiles('base', { 'a.txt': 'base\n' });
      repo.branch('topic');
      repo.commitFiles('on main', { 'main.txt': 'main\n' });
      repo.checkout('topic');
      repo.commitFiles('Add the engine\n\nIt runs.', { 'b.txt': 'topic\n' });

      const { data, own } = await render('pr_description', { breaking: 'none' });

      expect(data['what is compared']).toBe(
        'base: main\ncompare: HEAD\ncommits of compare that base lacks: 1\ncommits of base that compare lacks: 1',
      );
      expect(data['commits']).toContain('Ada: Add the engine\n    \n    It runs.');
      expect(data['changes, files']).toBe('A b.txt +1 -0');
      expect(own).toContain('- breaking: none');
    });

    it('compares the main branch with what it follows', async () => {
      repo.commitFiles('base', { 'a.txt': 'base\n' });
      const clone = repo.clone();
      clone.commitFiles('here only', { 'b.txt': 'b\n' });

      const { data } = await render('pr_description', { repo_path: clone.path });

      expect(data['what is compared']).toContain('base: origin/main\n');
      expect(data['commits']).toContain('here only');
    });

    it('says that there is nothing where the ends are the same', async () => {
      repo.commit('base');

      const { own } = await render('pr_description', { base: 'main', compare: 'main' });

      expect(own).toContain('commits: compare has no commit that base lacks.');
      expect(own).toContain('changes: compare changes nothing since it left base.');
    });

    it('asks for a base where none can be told, and refuses one that does not exist', async () => {
      repo.commit('base');

      await expect(render('pr_description')).rejects.toMatchObject({
        code: 'validation_failed',
        details: [{ path: 'arguments.base' }],
      });
      await expect(render('pr_description', { base: 'absent' })).rejects.toMatchObject({
        code: 'revision_not_found',
      });
      await expect(render('pr_description', { base: '--output=owned' })).rejects.toMatchObject({
        code: 'revision_not_found',
      });
      expect(repo.has('owned')).toBe(false);
    });
  });

  describe('release_notes', () => {
    const day = 86_400;

    it('shows what was committed since the last tag', async () => {
      repo.commit('old', 10 * day);
      repo.tag('v1.0.0');
      repo.commit('fix: the leak', 11 * day);
      repo.commit('feat: the engine', 12 * day);

      const { data, own } = await render('release_notes', { version: '1.1.0' });

      expect(data['the range']).toBe('from: refs/tags/v1.0.0\nto: HEAD\ncommits: 2');
      expect(data['commits']).toMatch(
        /^[0-9a-f]{12} 1970-01-13 Ada: feat: the engine\n[0-9a-f]{12} 1970-01-12 Ada: fix: the leak$/,
      );
      expect(data['newest tags']).toBe('1970-01-11 v1.0.0');
      expect(own).toContain('- version: 1.1.0');
    });

    it('shows the commits of a version that has its tag already', async () => {
      repo.commit('one', day);
      repo.tag('v1.0.0');
      repo.commit('two', 2 * day);
      repo.tag('v1.1.0');
      repo.commit('three', 3 * day);

      const { data } = await render('release_notes', { version: '1.1.0' });

      expect(data['the range']).toBe('from: refs/tags/v1.0.0\nto: refs/tags/v1.1.0\ncommits: 1');
      expect(data['commits']).toContain('two');
    });

    it('goes back to the first commit where there is no tag, and keeps to the newest 200', async () => {
      for (let count = 0; count < 201; count += 1) repo.commit(`number ${count}`, day + count);

      const { data, own } = await render('release_notes', { version: '1.0.0' });

      expect(data['the range']).toContain('the first commit (no earlier tag)');
      expect(data['commits']?.split('\n')).toHaveLength(200);
      expect(data['commits']).not.toMatch(/number 0$/m);
      expect(own).toContain('holds the newest 200 of 201 commits');
      expect(own).toContain('newest tags: the repository has no tags.');
    });

    it('says that nothing was committed since the last release', async () => {
      repo.commit('one');
      repo.tag('v1.0.0');

      const { own } = await render('release_notes', { version: '1.1.0' });

      expect(own).toContain('commits: there is no commit in this range.');
    });
  });

  describe('changelog_generation', () => {
    it('shows the range that is asked for', async () => {
      repo.commit('one');
      repo.tag('start');
      const two = repo.commit('two');
      repo.commit('three');

      const { data, own } = await render('changelog_generation', {
        previous_version: 'start',
        to: two,
        format: 'conventional',
      });

      expect(own).toContain('beginning of the present changelog: HEAD has no CHANGELOG.md.');
      expect(data['the range']).toBe(`from: start\nto: ${two}\ncommits: 1`);
      expect(data['commits']).toMatch(/two$/);
      expect(own).toContain('- format: conventional');
    });

    it('shows how the present changelog begins', async () => {
      repo.commitFiles('base', { 'CHANGELOG.md': `# Changes\n\n## 1.0.0\n${'- more\n'.repeat(1_000)}` });

      const { data, own } = await render('changelog_generation');

      expect(data['beginning of the present changelog']).toMatch(/^# Changes\n\n## 1.0.0\n- more\n/);
      expect(own).toContain('it holds the beginning');
    });

    it('goes by the nearest tag and not by the youngest', async () => {
      repo.commit('one', 1_000);
      repo.branch('old');
      repo.commit('two', 2_000);
      repo.tag('v2.0.0');
      repo.checkout('old');
      repo.commit('mended', 3_000);
      repo.tag('v1.0.1');
      repo.checkout('main');
      repo.commit('three', 4_000);

      const { data } = await render('changelog_generation');

      expect(data['the range']).toContain('from: refs/tags/v2.0.0');
      expect(data['commits']).toMatch(/three$/);
    });
  });
});
