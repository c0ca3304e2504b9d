import { rmSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GitWrites } from '../../src/git/git-writes.port.js';
import { type Repository } from '../../src/git/repository.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';

const signal = new AbortController().signal;

type Change = (writes: GitWrites, here: Repository) => Promise<unknown>;

/** What each has to be prepared with, and what it does. */
const CHANGES: Record<string, { readonly prepare?: (repo: GitRepository) => void; readonly run: Change }> = {
  add: { run: (writes, here) => writes.add(here, ['new.txt'], signal) },
  commit: {
    prepare: (repo) => repo.stage('new.txt'),
    run: (writes, here) => writes.commit(here, { message: 'x' }, signal),
  },
  reset: { prepare: (repo) => repo.stage('new.txt'), run: (writes, here) => writes.reset(here, {}, signal) },
  checkout: { run: (writes, here) => writes.checkout(here, 'ahead', signal) },
  'fast-forward': { run: (writes, here) => writes.merge(here, { source: 'ahead' }, signal) },
  merge: { run: (writes, here) => writes.merge(here, { source: 'beside' }, signal) },
  'cherry-pick': {
    run: (writes, here) => writes.cherryPick(here, { commits: 'beside', noCommit: false }, signal),
  },
  rebase: { run: (writes, here) => writes.rebase(here, { upstream: 'beside' }, signal) },
  'abort of a merge': {
    prepare: (repo) => stop(repo, 'merge'),
    run: (writes, here) => writes.abort(here, 'merge', signal),
  },
  'abort of a rebase': {
    prepare: (repo) => stop(repo, 'rebase'),
    run: (writes, here) => writes.abort(here, 'rebase', signal),
  },
  'continue of a merge': {
    prepare: (repo) => resolve(repo, 'merge'),
    run: (writes, here) => writes.continue(here, 'merge', signal),
  },
  'continue of a rebase': {
    prepare: (repo) => resolve(repo, 'rebase'),
    run: (writes, here) => writes.continue(here, 'rebase', signal),
  },
};

describe('A lock that somebody else holds', () => {
  let repo: GitRepository;
  let services: GitServices;
  let here: Repository;

  beforeEach(async () => {
    repo = new GitRepository();
    repo.commitFiles('one', { 'a.txt': '1\n' });
    repo.branch('ahead').branch('beside').branch('against');
    repo.checkout('ahead').commitFiles('ahead', { 'ahead.txt': 'x' });
    repo.checkout('beside').commitFiles('beside', { 'beside.txt': 'x' });
    repo.checkout('against').commitFiles('against', { 'main.txt': 'theirs\n' });
    repo.checkout('main');
  });

  afterEach(async () => {
    await services.close();
    repo.remove();
  });

  async function start(lockTimeout: number): Promise<void> {
    services = await GitServices.start({
      roots: [repo.root],
      config: (config) => {
        config.lockTimeout = lockTimeout;
      },
    });
    here = await services.locator.locate(repo.path, signal);
  }

  function prepare(change: string): void {
    // A merge that is no fast-forward needs a commit of its own.
    if (change !== 'fast-forward' && change !== 'checkout') {
      repo.commitFiles('main', { 'main.txt': 'ours\n' });
    }
    repo.write('new.txt', 'x');
    CHANGES[change]?.prepare?.(repo);
  }

  const stateOf = () => [repo.head(), repo.status(), repo.git(['stash', 'list'])];
  const cases = Object.keys(CHANGES).flatMap((change) => [
    [change, 'index.lock'] as const,
    // The last one that git takes: all is done by then.
    [change, change.includes('rebase') ? 'refs/heads/main.lock' : 'HEAD.lock'] as const,
  ]);

  it.each(cases)('makes a %s wait, and then leaves everything as it was (%s)', async (change, lock) => {
    await start(60);
    prepare(change);
    const before = stateOf();
    repo.write(`.git/${lock}`, '');

    const answer = CHANGES[change]?.run(services.writes, here);

    await expect(answer).rejects.toMatchObject({ code: 'repository_busy' });
    rmSync(repo.file(`.git/${lock}`));
    expect(stateOf()).toEqual(before);
  });

  it.each(Object.keys(CHANGES))('lets a %s go on once it is released', async (change) => {
    await start(5_000);
    prepare(change);
    repo.write('.git/index.lock', '');
    const answer = CHANGES[change]?.run(services.writes, here);

    setTimeout(() => rmSync(repo.file('.git/index.lock')), 100);

    await expect(answer).resolves.toBeDefined();
  });

  it('of no use to a branch is not waited for', async () => {
    await start(60);
    repo.write('.git/index.lock', '');

    await expect(services.writes.createBranch(here, 'new', undefined, signal)).resolves.toBeDefined();
  });
});

describe('What stops half-way', () => {
  let repo: GitRepository;
  let services: GitServices;

  beforeEach(async () => {
    repo = new GitRepository();
    repo.diverge();
    services = await GitServices.start({ roots: [repo.root] });
  });

  afterEach(async () => {
    await services.close();
    repo.remove();
  });

  it('is no merge without a message, which is not begun', async () => {
    const here = await services.locator.locate(repo.path, signal);

    await expect(
      services.writes.merge(here, { source: 'other', message: ' \n' }, signal),
    ).rejects.toMatchObject({
      details: { reason: 'empty-message' },
    });
    expect(repo.has('.git/MERGE_HEAD')).toBe(false);
  });

  it('is given up where it would overwrite a file that git does not know', async () => {
    repo.checkout('other').commitFiles('appears', { 'mine.txt': 'theirs' });
    repo.commitFiles('and goes', { 'mine.txt': null });
    repo.git(['checkout', '--quiet', '-B', 'main', 'main~1']);
    const main = repo.commitFiles('main', { 'main.txt': 'x' });
    repo.checkout('other').write('mine.txt', 'mine');
    const before = [repo.currentBranch(), repo.head(), repo.status()];
    const here = await services.locator.locate(repo.path, signal);

    await expect(services.writes.rebase(here, { upstream: main }, signal)).rejects.toMatchObject({
      code: 'operation_failed',
    });

    expect([repo.currentBranch(), repo.head(), repo.status()]).toEqual(before);
    expect(repo.read('mine.txt')).toBe('mine');
  });
});

function stop(repo: GitRepository, operation: 'merge' | 'rebase'): void {
  rmSync(repo.file('new.txt'));
  try {
    repo.git([operation, 'against']);
  } catch {
    return;
  }
  throw new Error('a conflict was expected');
}

function resolve(repo: GitRepository, operation: 'merge' | 'rebase'): void {
  stop(repo, operation);
  repo.write('main.txt', 'both\n').stage('main.txt');
}
