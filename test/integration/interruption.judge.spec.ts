import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { footprintOf } from '../../src/git/repository-footprint.js';
import { judge } from '../../src/recovery/interruption.judge.js';
import { type JsonObject } from '../../src/shared/json.js';
import { type Tool } from '../../src/tools/tool.js';
import { GitRepository } from '../support/git-repository.js';

const WRITE = { access: 'write', network: false, annotations: { readOnlyHint: false } };
const tool = (spec: object = {}) => ({ spec: { ...WRITE, ...spec } }) as unknown as Tool;

describe('What became of an interrupted request', () => {
  let repo: GitRepository;

  beforeEach(() => {
    repo = new GitRepository();
    repo.commitFiles('first', { 'a.txt': 'one\n' });
  });

  afterEach(() => {
    repo.remove();
  });

  function before(): JsonObject {
    const gitDir = `${repo.path}/.git`;
    const place = { path: repo.path, gitDir, commonDir: gitDir };
    return { ...place, ...footprintOf(place) };
  }

  it.each([
    ['git_commit', () => repo.commit('second')],
    ['git_create_branch', () => repo.git(['branch', 'topic'])],
    ['git_branch', () => repo.git(['branch', '-m', 'main', 'trunk'])],
    ['git_add', () => repo.write('b.txt', 'new\n').stage('b.txt')],
    ['git_checkout', () => repo.git(['checkout', '--quiet', '-b', 'topic'])],
    ['git_reset', () => repo.git(['reset', '--quiet', '--hard', 'HEAD~1'])],
  ])('is done for a %s whose change shows', (name, change) => {
    repo.commit('to go back from');
    const was = before();

    change();

    expect(judge({ id: '1', tool: name, before: was }, tool()).outcome).toBe('done');
  });

  it.each(['git_commit', 'git_create_branch', 'git_add'])(
    'is not done for a %s that left everything as it was',
    (name) => {
      const was = before();
      repo.write('a.txt', 'changed, and none of its business\n');

      expect(judge({ id: '1', tool: name, before: was }, tool())).toMatchObject({ outcome: 'not_done' });
    },
  );

  it.each(['git_checkout', 'git_reset', 'git_cherry_pick', 'git_stash'])(
    'is unknown for a %s that may have begun with the work tree',
    (name) => {
      expect(judge({ id: '1', tool: name, before: before() }, tool()).outcome).toBe('unknown');
    },
  );

  it('is unknown for a commit of which only what it stages shows', () => {
    repo.write('b.txt', 'new\n');
    const was = before();

    repo.stage('b.txt');

    expect(judge({ id: '1', tool: 'git_commit', before: was }, tool()).outcome).toBe('unknown');
  });

  it('is unknown for a branch whose upstream may have been set, which no ref shows', () => {
    repo.git(['branch', 'topic']);
    const was = before();

    repo.git(['branch', '--quiet', '--set-upstream-to', 'main', 'topic']);

    expect(judge({ id: '1', tool: 'git_branch_edit', before: was }, tool()).outcome).toBe('unknown');
  });

  it('does not take what the operation log notes for the change itself', () => {
    const was = before();

    repo.git(['update-ref', 'refs/mcp-git/operations/1', 'HEAD']);

    expect(judge({ id: '1', tool: 'git_create_branch', before: was }, tool()).outcome).toBe('not_done');
  });

  it('is unknown for a merge that stopped half-way', () => {
    repo.git(['checkout', '--quiet', '-b', 'topic']);
    repo.commitFiles('theirs', { 'a.txt': 'theirs\n' });
    repo.git(['checkout', '--quiet', 'main']);
    repo.commitFiles('ours', { 'a.txt': 'ours\n' });
    const was = before();

    expect(() => repo.git(['merge', 'topic'])).toThrow('merge');

    expect(judge({ id: '1', tool: 'git_merge', before: was }, tool()).outcome).toBe('unknown');
  });

  it('is unknown for a merge that moved the branch, and whose index is not in its place yet', () => {
    repo.git(['checkout', '--quiet', '-b', 'topic']);
    const theirs = repo.commitFiles('theirs', { 'a.txt': 'theirs\n' });
    repo.git(['checkout', '--quiet', 'main']);
    const was = before();

    repo.git(['update-ref', 'HEAD', theirs]);

    expect(judge({ id: '1', tool: 'git_merge', before: was }, tool()).outcome).toBe('unknown');
    repo.git(['reset', '--quiet', '--hard']);
    expect(judge({ id: '1', tool: 'git_merge', before: was }, tool()).outcome).toBe('done');
  });

  it('names the commits that HEAD named before and names now', () => {
    const was = before();
    const commit = repo.commit('second');

    const verdict = judge({ id: '1', tool: 'git_commit', before: was }, tool());

    expect(verdict).toEqual({ outcome: 'done', headBefore: was['commit'], headNow: commit });
  });

  it('sees a change of packed refs', () => {
    repo.git(['branch', 'topic']);
    repo.git(['pack-refs', '--all']);
    const was = before();

    repo.git(['update-ref', '-d', 'refs/heads/topic']);

    expect(judge({ id: '1', tool: 'git_branch', before: was }, tool()).outcome).toBe('done');
  });

  it.each([
    ['a read', tool({ annotations: { readOnlyHint: true } }), 'not_done'],
    ['a write that never got its turn', tool(), 'not_done'],
    ['a clone, which has no repository to compare', tool({ access: 'none' }), 'unknown'],
    ['a tool that is gone', undefined, 'unknown'],
  ])('is told without looking for %s', (_, of, outcome) => {
    expect(judge({ id: '1', tool: 'any' }, of).outcome).toBe(outcome);
  });

  it('is unknown where a remote was spoken to, and where the repository cannot be read', () => {
    const was = before();
    expect(judge({ id: '1', tool: 'git_push', before: was }, tool({ network: true })).outcome).toBe(
      'unknown',
    );

    repo.git(['rev-parse', 'HEAD']);
    const elsewhere = { ...was, gitDir: '/nonexistent/.git', commonDir: '/nonexistent/.git' };
    expect(judge({ id: '1', tool: 'git_checkout', before: elsewhere }, tool()).outcome).toBe('unknown');
  });
});
