import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { refsSignature } from '../../src/git/refs-signature.js';
import { type Repository } from '../../src/git/repository.js';
import { GitRepository } from '../support/git-repository.js';
import { repositoryAt } from '../support/repository-at.js';

/** Long after everything here was written, so that no signature is too young to be trusted. */
const LATER = Date.now() + 3_600_000;

describe('The signature of the refs', () => {
  let repo: GitRepository;
  let place: Repository;

  beforeEach(() => {
    repo = new GitRepository();
    repo.commitFiles('one', { 'a.txt': 'a' });
    place = repositoryAt(repo.path);
  });
  afterEach(() => repo.remove());

  it('stays while nobody changes a ref', () => {
    const before = refsSignature(place, LATER);

    repo.git(['log', '--all']);
    repo.write('a.txt', 'changed');

    expect(refsSignature(place, LATER)).toBe(before);
  });

  it.each<[string, (repo: GitRepository) => unknown]>([
    ['a commit', (one) => one.commit('two')],
    ['a new branch in a folder of its own', (one) => one.branch('deep/er/branch')],
    ['a branch that moves', (one) => one.git(['update-ref', 'refs/heads/side/x', 'HEAD~1'])],
    ['a branch that goes', (one) => one.git(['branch', '-D', 'side/x'])],
    ['a tag', (one) => one.tag('v1')],
    ['packing', (one) => one.git(['pack-refs', '--all'])],
    ['a checkout', (one) => one.checkout('side/x')],
    ['an upstream', (one) => one.config('branch.main.merge', 'refs/heads/main')],
  ])('changes with %s', (_, change) => {
    repo.branch('side/x', repo.commit('base'));
    const before = refsSignature(place, LATER);

    change(repo);

    expect(refsSignature(place, LATER)).not.toBe(before);
  });

  it('of a linked work tree changes with its own HEAD', () => {
    repo.git(['worktree', 'add', '--quiet', '-b', 'linked', join(repo.root, 'linked')]);
    const gitDir = join(repo.path, '.git/worktrees/linked');
    const linked = repositoryAt(join(repo.root, 'linked'), { gitDir, commonDir: place.gitDir });
    const before = refsSignature(linked, LATER);

    repo.git(['-C', linked.path, 'checkout', '--quiet', '--detach']);

    expect(refsSignature(linked, LATER)).not.toBe(before);
  });

  it('equals no other while it is young', () => {
    repo.commit('two');

    expect(refsSignature(place, Date.now())).not.toBe(refsSignature(place, Date.now() + 1));
  });

  it('can be taken of a repository that is gone', () => {
    repo.remove();

    expect(refsSignature(place, LATER)).toContain('absent');
  });
});
