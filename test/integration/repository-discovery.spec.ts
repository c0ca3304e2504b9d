import { mkdirSync, realpathSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitConfig } from '../../src/config/sections/index.js';
import { RepositoryDiscovery } from '../../src/git/paths/repository.discovery.js';
import { RootsRepositoryLocator } from '../../src/git/paths/roots-repository.locator.js';
import { GitRepository } from '../support/git-repository.js';
import { ManualClock } from '../support/manual-clock.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const signal = new AbortController().signal;

describe('Discovery of repositories', () => {
  let folder: TemporaryFolder;
  let root: string;
  let clock: ManualClock;

  beforeEach(() => {
    folder = new TemporaryFolder();
    root = realpathSync(folder.path);
    clock = new ManualClock();
  });
  afterEach(() => folder.remove());

  const repositoryIn = (name: string, bare = false) => new GitRepository({ root, name, bare });

  function discovery(...roots: readonly string[]): RepositoryDiscovery {
    const config = new GitConfig();
    config.roots = roots.length > 0 ? [...roots] : [root];
    return new RepositoryDiscovery(config, new RootsRepositoryLocator(config, clock), clock);
  }

  async function found(...roots: readonly string[]): Promise<readonly string[]> {
    const repositories = await discovery(...roots).repositories(signal);
    return repositories.map(({ path }) => path.slice(root.length + 1));
  }

  it('finds them at every level down to the third, ordered by path', async () => {
    for (const name of ['b', 'a/b/c', 'a/a', 'one/two/three/four']) repositoryIn(name);
    repositoryIn('bare.git', true);

    expect(await found()).toEqual(['a/a', 'a/b/c', 'b', 'bare.git']);
  });

  it('takes a root that is a repository for one, and does not look for others inside', async () => {
    const repo = repositoryIn('repo');
    repositoryIn('repo/vendor/nested');

    expect(await found(repo.path)).toEqual(['repo']);
  });

  it('names a repository once that lies below two roots', async () => {
    repositoryIn('team/repo');

    expect(await found(root, join(root, 'team'))).toEqual(['team/repo']);
  });

  it('passes over hidden folders, dependencies, links and what only looks like a repository', async () => {
    repositoryIn('.hidden/repo');
    repositoryIn('node_modules/repo');
    const repo = repositoryIn('here');
    symlinkSync(repo.path, join(root, 'link'));
    mkdirSync(join(root, 'broken/.git'), { recursive: true });

    expect(await found()).toEqual(['here']);
  });

  it('passes over a repository whose git folder lies outside the roots', async () => {
    const outside = repositoryIn('outside');
    const repo = repositoryIn('inside/repo');
    renameSync(join(repo.path, '.git'), join(outside.path, 'moved'));
    symlinkSync(join(outside.path, 'moved'), join(repo.path, '.git'));

    expect(await found(join(root, 'inside'))).toEqual([]);
  });

  it('finds a linked work tree beside its repository', async () => {
    const repo = repositoryIn('repo');
    repo.commit('one');
    repo.git(['worktree', 'add', '--quiet', join(root, 'tree')]);

    expect(await found()).toEqual(['repo', 'tree']);
  });

  it('finds nothing without roots, or where a root is missing', async () => {
    expect(await found(join(root, 'missing'))).toEqual([]);
  });

  it('sees a new one five seconds later', async () => {
    const search = discovery();
    repositoryIn('one');
    expect(await search.repositories(signal)).toHaveLength(1);

    repositoryIn('two');
    expect(await search.repositories(signal)).toHaveLength(1);
    clock.advance(5_000);

    expect(await search.repositories(signal)).toHaveLength(2);
  });

  it('ends when the caller gives up', async () => {
    await expect(discovery().repositories(AbortSignal.abort())).rejects.toThrow('aborted');
  });
});
