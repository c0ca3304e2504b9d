import { setImmediate as nextTurn } from 'node:timers/promises';

import { beforeEach, describe, expect, it } from 'vitest';

import { ServerError } from '../../shared/errors/index.js';
import { type RepositoryLocator } from '../repository-locks.port.js';
import { repositoryAt } from '../../../test/support/repository-at.js';
import { lookOnce, TurnLocator } from './turn-locator.js';

const { signal } = new AbortController();

/** Finds every path but `/none`, and each time makes an object of its own. */
const finder: RepositoryLocator = {
  locate: async (path) => {
    if (path === '/none') throw new ServerError('not_a_repository', 'nothing is there');
    return repositoryAt(path);
  },
  locateNew: async (path) => path,
};

function counter() {
  let looks = 0;
  return () => (looks += 1);
}

describe('A repository that is located once in a turn', () => {
  let locator: TurnLocator;
  beforeEach(() => {
    locator = new TurnLocator(finder);
  });
  const locate = (path = '/one') => locator.locate(path, signal);

  it('is the same one for all that ask in that turn', async () => {
    const [one, same, other] = await Promise.all([locate(), locate(), locate('/other')]);

    expect(same).toBe(one);
    expect(other.path).toBe('/other');
  });

  it('is looked for again in the next turn', async () => {
    const before = await locate();
    await nextTurn();

    expect(await locate()).not.toBe(before);
  });

  it('is looked for again once a call has been answered', async () => {
    const before = await locate();
    locator.end();

    expect(await locate()).not.toBe(before);
  });

  it('is not located for whoever has given up', async () => {
    const reason = new ServerError('operation_cancelled', 'given up');

    await expect(locator.locate('/one', AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('is refused to each that asks, where there is none', async () => {
    const asked = await Promise.allSettled([locate('/none'), locate('/none')]);

    expect(asked).toMatchObject([
      { status: 'rejected', reason: { code: 'not_a_repository' } },
      { status: 'rejected', reason: { code: 'not_a_repository' } },
    ]);
  });

  describe('and a file of it', () => {
    it('is looked at once in that turn, under each name', async () => {
      const repository = await locate();
      const look = counter();

      const seen = ['HEAD', 'HEAD', 'main'].map((what) => lookOnce(repository, what, look));

      expect(seen).toEqual([1, 1, 2]);
    });

    it('is looked at again once a call has been answered', async () => {
      const repository = await locate();
      const look = counter();
      lookOnce(repository, 'HEAD', look);
      locator.end();

      expect(lookOnce(repository, 'HEAD', look)).toBe(2);
      expect(lookOnce(repository, 'HEAD', look)).toBe(3);
    });

    it('is looked at again by a call that goes on in a later turn', async () => {
      const repository = await locate();
      const look = counter();
      lookOnce(repository, 'HEAD', look);
      await nextTurn();

      expect(lookOnce(repository, 'HEAD', look)).toBe(2);
    });

    it('is always looked at where the repository was located otherwise', () => {
      const repository = repositoryAt('/one');
      const look = counter();
      lookOnce(repository, 'HEAD', look);

      expect(lookOnce(repository, 'HEAD', look)).toBe(2);
    });
  });
});
