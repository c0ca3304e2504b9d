import { setImmediate as nextTurn } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitConfig } from '../../src/config/sections/index.js';
import { TurnLocator } from '../../src/git/paths/turn-locator.js';
import { type Repository } from '../../src/git/repository.js';
import { traced } from '../../src/observability/operation-trace.js';
import { eventually } from '../support/eventually.js';
import { GitRepository } from '../support/git-repository.js';
import { repositoryAt } from '../support/repository-at.js';
import { GitReadsHarness } from './git-reads.harness.js';

const { signal } = new AbortController();

async function engineOf(ask: (revision: string) => Promise<unknown>): Promise<string> {
  return traced(async (trace) => {
    await ask('HEAD');
    return trace.engine;
  });
}

describe('Reads that are served in the same turn, where nothing is kept', () => {
  let harness: GitReadsHarness;
  let repo: GitRepository;
  let turns: TurnLocator;

  beforeAll(() => {
    harness = new GitReadsHarness(Object.assign(new GitConfig(), { cache: { maxBytes: 0 } }));
  });
  afterAll(async () => harness.close());
  beforeEach(() => {
    repo = new GitRepository();
    repo.commitFiles('one', { a: '1' });
    repo.commitFiles('two', { a: '2' }, 1_700_000_001);
    const locate = async () => repositoryAt(repo.path);
    turns = new TurnLocator({ locate, locateNew: async (path) => path });
  });
  afterEach(() => repo.remove());

  /** Asks as a call does: the repository is located, then read. */
  async function call<T>(ask: (repository: Repository) => Promise<T>): Promise<T> {
    return ask(await turns.locate(repo.path, signal));
  }
  const log = (revision: string, maxCount = 10) =>
    call(async (found) => (await harness.reads.log(found, { maxCount, revision }, signal)).commits);
  const branches = () => call((found) => harness.reads.branches(found, { type: 'local' }, signal));

  it.each([
    ['a history', () => log('HEAD')],
    ['the branches', branches],
  ])('are given the very same answer about %s', async (_, ask) => {
    // On a busy machine the server may give up what takes longer than it allows itself; each then asks a worker.
    await eventually(async () => {
      const [one, same] = await Promise.all([ask(), ask()]);

      expect(same).toBe(one);
    });
  });

  it('are each given what they asked for', async () => {
    const asked = await Promise.all([log('HEAD'), log('HEAD', 1), log('HEAD~1'), log('main~1')]);

    const subjects = asked.map((commits) => commits.map(({ message }) => message.trim()));
    expect(subjects).toEqual([['two', 'one'], ['two'], ['one'], ['one']]);
  });

  it('are told of by the call that reads and by those that share what it has read', async () => {
    await eventually(async () => {
      expect(await Promise.all([engineOf(log), engineOf(log)])).toEqual(['objects', 'cache']);
    });
  });

  it.each([
    ['a history', async () => (await log('HEAD')).map(({ sha }) => sha)],
    ['the branches', async () => (await branches()).map(({ sha }) => sha)],
  ])('do not share %s with those of the next turn', async (_, ask) => {
    await ask();
    const three = repo.commit('three', 1_700_000_002);
    await nextTurn();

    expect(await ask()).toContain(three);
  });

  it('do not share with whoever asks after one of them has been answered', async () => {
    await log('HEAD');
    const three = repo.commit('three', 1_700_000_002);
    turns.end();

    expect((await log('HEAD'))[0]?.sha).toBe(three);
  });
});
