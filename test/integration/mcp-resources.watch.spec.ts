import { renameSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.js';
import { type GitRepository } from '../support/git-repository.js';
import { reader, ResourceHarness } from './mcp-resources.harness.js';

describe('Watched resources', () => {
  let harness: ResourceHarness;
  let repo: GitRepository;
  let fired: string[];
  const watch = (rest: string) => harness.catalog.watch(harness.uri(rest), reader, () => fired.push(rest));

  beforeEach(async () => {
    harness = await ResourceHarness.start();
    repo = harness.repo;
    fired = [];
    repo.commitFiles('one', { 'a.txt': 'a', 'b.txt': 'b' });
  });
  afterEach(async () => harness.close());

  it.each<[string, string, () => unknown]>([
    ['HEAD when a commit is made', 'HEAD', () => repo.commit('two')],
    ['HEAD when it is detached', 'HEAD', () => repo.checkout(repo.head())],
    ['branches when one is made', 'branches', () => repo.branch('feature/deep/x')],
    ['branches after git pack-refs', 'branches', () => repo.branch('y').git(['pack-refs', '--all'])],
    ['tags when one is made', 'tags', () => repo.tag('v1')],
    ['the commit of a branch', 'commit/main', () => repo.commit('two')],
    ['a file of a branch', 'file/main/a.txt', () => repo.commitFiles('two', { 'a.txt': 'changed' })],
    ['a file that goes', 'file/main/a.txt', () => repo.commitFiles('two', { 'a.txt': null })],
    ['the status when a file appears', 'status', () => repo.write('new.txt', 'x')],
    ['the status when the index changes', 'status', () => repo.git(['rm', '--cached', '--quiet', 'a.txt'])],
    ['a repository that goes', 'HEAD', () => renameSync(repo.file('.git'), repo.file('moved'))],
  ])('tells of %s', async (_, rest, change) => {
    await watch(rest);

    change();

    await eventually(() => expect(fired).toEqual([rest]));
  });

  it('is silent about what did not change', async () => {
    await watch('file/main/a.txt');
    await watch('tags');
    await watch('HEAD');

    repo.commitFiles('two', { 'b.txt': 'changed' });

    await eventually(() => expect(fired).toEqual(['HEAD']));
    repo.commitFiles('three', { 'b.txt': 'again' });
    await eventually(() => expect(fired).toEqual(['HEAD', 'HEAD']));
  });

  it('tells every listener until it ends', async () => {
    const endOne = await watch('HEAD');
    const endOther = await watch('HEAD');
    repo.commit('two');
    await eventually(() => expect(fired).toEqual(['HEAD', 'HEAD']));

    endOne();
    endOne();
    repo.commit('three');
    await eventually(() => expect(fired).toHaveLength(3));
    endOther();
    repo.commit('four');
    const end = await watch('branches');
    repo.branch('later');
    await eventually(() => expect(fired).toContain('branches'));
    end();

    expect(fired).toEqual(['HEAD', 'HEAD', 'HEAD', 'branches']);
  });

  it.each(['file/HEAD/missing', 'nothing'])('does not watch %s', async (rest) => {
    await expect(watch(rest)).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it('does not watch a branch that does not exist', async () => {
    await expect(watch('commit/nowhere')).rejects.toMatchObject({ code: 'revision_not_found' });
  });
});
