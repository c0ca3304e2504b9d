import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GitRepository } from '../support/git-repository.js';
import { PromptHarness } from './mcp-prompts.harness.js';

describe('The prompts that lead to a judgement', () => {
  let harness: PromptHarness;
  let repo: GitRepository;

  beforeEach(async () => {
    harness = await PromptHarness.start();
    ({ repo } = harness);
  });

  afterEach(() => harness.close());

  const render: PromptHarness['render'] = (...asked) => harness.render(...asked);

  describe('code_review', () => {
    it('shows what is not committed, staged and unstaged apart', async () => {
      repo.commitFiles('base', { 'a.txt': 'a\n', 'b.txt': 'b\n' });
      repo.write('a.txt', 'staged\n').stage('a.txt').write('b.txt', 'unstaged\n');

      const { data } = await render('code_review', { context: 'look at b' });

      expect(data['staged changes, patch']).toContain('+staged');
      expect(data['unstaged changes, patch']).toContain('+unstaged');
      expect(data['unstaged changes, files']).toBe('M b.txt +1 -1');
    });

    it('shows a branch as a pull request does', async () => {
      repo.commitFiles('base', { 'a.txt': 'a\n' });
      repo.branch('topic').checkout('topic');
      repo.commitFiles('work', { 'a.txt': 'work\n' });
      repo.write('a.txt', 'not committed\n');

      const { data } = await render('code_review', { base: 'main' });

      expect(data['changes, patch']).toContain('-a\n+work');
      expect(data['status']).toBeUndefined();
    });

    it('says that nothing is changed', async () => {
      repo.commit('base');

      const { own } = await render('code_review');

      expect(own).toContain('staged changes: nothing is staged.');
      expect(own).toContain('unstaged changes: no tracked file has unstaged changes.');
    });
  });

  describe('merge_conflict_resolution', () => {
    it('shows the conflict of a merge and what both sides committed', async () => {
      repo.conflict('merge');

      const { data } = await render('merge_conflict_resolution', { branch_info: 'ours wins' });

      expect(data['files in conflict']).toBe('both modified: file.txt');
      expect(data['conflicting and other unstaged changes, patch']).toMatch(
        /<<<<<<< HEAD[\s\S]*>>>>>>> other/,
      );
      expect(data['commits that come in']).toMatch(/on other$/);
      expect(data['commits that only our side has']).toMatch(/on main$/);
    });

    it.each([
      ['rebase', 'on main', 'on other'],
      ['cherry-pick', 'on other', 'on main'],
      ['revert', 'on main', 'later'],
    ] as const)('shows the commit that a %s stopped at', async (operation, applied, ours) => {
      repo.conflict(operation);

      const { data } = await render('merge_conflict_resolution');

      expect(data['status']).toContain(`A ${operation} is in progress`);
      expect(data['the commit that is being applied']).toMatch(new RegExp(`${applied}$`));
      expect(data['the newest commits of our side']?.split('\n')[0]).toMatch(new RegExp(`${ours}$`));
      expect(data['conflicting and other unstaged changes, patch']).toContain('<<<<<<<');
    });

    it('says that there is no conflict', async () => {
      repo.commit('base');

      const { own } = await render('merge_conflict_resolution');

      expect(own).toContain('files in conflict: no file is in conflict.');
      expect(own).toContain('the operation: no merge, rebase, cherry-pick or revert is open.');
    });
  });

  it('git_troubleshooting shows the state of the repository and what git said', async () => {
    repo.commit('base');
    repo.git(['checkout', '--quiet', '--detach']);

    const { data, own } = await render('git_troubleshooting', {
      issue: 'my commits\nare gone',
      git_status: 'fatal: not possible',
    });

    expect(own).toContain('- issue: my commits are gone');
    expect(data['status']).toContain('HEAD detached');
    expect(data['output of git that was given']).toBe('fatal: not possible');
  });

  describe('github_actions_failure_analysis', () => {
    it('shows the end of a long log, and marks the files that it names', async () => {
      repo.commitFiles('break it', { 'src/engine/start.ts': 'x\n', 'README.md': 'r\n' });
      const log = `${'noise\r\n'.repeat(20_000)}\u001B[31mError\u001B[0m at /build/src/engine/start.ts:1\r\n`;

      const { data, own } = await render('github_actions_failure_analysis', { failure_logs: log });

      const shown = data['log of the failed run'] ?? '';
      expect(shown.endsWith('\\u{1b}[31mError\\u{1b}[0m at /build/src/engine/start.ts:1')).toBe(true);
      expect(shown.startsWith('noise\nnoise')).toBe(true);
      expect(own).toContain('it holds the end');
      expect(data['the last commits and their files']).toMatch(
        /Ada: break it\n {4}A src\/engine\/start.ts {3}named in the log\n {4}A README.md$/,
      );
      expect(data['changes of the last commit, patch']).toContain('+++ b/README.md');
    });

    it('shows what came after the commit that passed', async () => {
      const good = repo.commitFiles('good', { 'a.txt': 'a\n' });
      repo.commitFiles('suspect', { 'a.txt': 'b\n' });

      const { data } = await render('github_actions_failure_analysis', {
        failure_logs: 'failed',
        good_revision: good,
      });

      expect(data['the commits since it passed, and their files']).toContain('suspect\n    M a.txt');
      expect(data['the commits since it passed, and their files']).not.toContain('Ada: good');
      expect(data['changes since it passed, patch']).toContain('-a\n+b');
    });

    it.each([
      ['ci.yml', 'on: push'],
      ['absent.yml', undefined],
      ['../outside.yml', undefined],
      ['binary.yml', undefined],
    ])('shows the workflow %s', async (workflow_file, shown) => {
      repo.commitFiles('base', { 'ci.yml': 'on: push\n', 'binary.yml': 'a\0b' });

      const { data, own } = await render('github_actions_failure_analysis', {
        failure_logs: 'failed',
        workflow_file,
      });

      expect(data['the workflow, as HEAD has it']).toBe(shown);
      expect(own.includes('HEAD has no such text file.')).toBe(shown === undefined);
    });

    it('is honest of a repository without commits, and needs the log', async () => {
      const { own } = await render('github_actions_failure_analysis', { failure_logs: 'failed' });

      expect(own).toContain('the last commits and their files: there are no commits yet.');
      await expect(render('github_actions_failure_analysis', { failure_logs: ' ' })).rejects.toMatchObject({
        code: 'validation_failed',
        details: [{ path: 'arguments.failure_logs', constraint: 'isDefined' }],
      });
    });
  });

  it('ci_failure_root_cause shows the error, the trace and which commits touch what it names', async () => {
    repo.commitFiles('innocent', { 'docs/a.md': 'a\n' });
    repo.commitFiles('guilty', { 'lib/parse.py': 'x\n' });

    const { data, own } = await render('ci_failure_root_cause', {
      error_message: 'ValueError: bad input',
      stack_trace: 'File "/build/lib/parse.py", line 1',
    });

    expect(data['the error']).toBe('ValueError: bad input');
    expect(data['stack trace']).toContain('parse.py');
    expect(own).toContain('environment: nothing was said about it.');
    expect(data['the last commits and their files']).toContain(
      'guilty\n    A lib/parse.py   named in the log',
    );
    expect(data['the last commits and their files']).toMatch(/innocent\n {4}A docs\/a.md$/);
  });

  it('pr_readiness_assessment counts the signs of unfinished work', async () => {
    repo.commitFiles('base', { 'a.txt': 'a\n' });
    repo.branch('topic');
    repo.commit('later on main');
    repo.checkout('topic');
    repo.commitFiles('fixup! work', { 'a.txt': '<<<<<<< HEAD\na\n', 'test/a.spec.ts': 't\n' });

    const { data, own } = await render('pr_readiness_assessment', {
      base: 'main',
      review_comments: 'Please add a test.',
      ci_status: 'green',
    });

    expect(data['signs']).toBe(
      [
        'files changed: 2, of them tests by their name: 1',
        'binary files: 0',
        'commits of the base that are not merged in: 1',
        'merge commits in it: 0',
        'commits that call themselves unfinished: 1',
        'conflict markers added: yes',
      ].join('\n'),
    );
    expect(data['comments of reviewers']).toBe('Please add a test.');
    expect(own).toContain('- ci_status: green');
    expect(own).toContain('what the pull request says: it was not given.');
  });
});
