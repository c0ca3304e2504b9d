import { type Repository } from '../repository.js';
import { type RepositoryLocator } from '../repository-locks.port.js';

interface Turn {
  readonly located: Map<string, Promise<Repository>>;
  over: boolean;
}

interface Looks {
  readonly turn: Turn;
  readonly seen: Map<string, unknown>;
}

const looks = new WeakMap<Repository, Looks>();

/**
 * Finds repositories for calls that read, once for all that are served in the same turn of the event loop. All of these
 * were there before the first of them looked, and none has been answered, so that what one sees is as fresh for the others.
 */
export class TurnLocator {
  private turn: Turn | undefined;

  constructor(private readonly locator: RepositoryLocator) {}

  /** @throws ServerError as `RepositoryLocator.locate` does */
  locate(path: string, signal: AbortSignal): Promise<Repository> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const turn = (this.turn ??= this.begin());
    const known = turn.located.get(path);
    if (known !== undefined) return known;
    const located = this.locator.locate(path, signal).then((repository) => {
      looks.set(repository, { turn, seen: new Map() });
      return repository;
    });
    turn.located.set(path, located);
    return located;
  }

  /** A call has been answered: whoever comes after that may have changed something, and looks anew. */
  end(): void {
    if (this.turn === undefined) return;
    this.turn.over = true;
    this.turn = undefined;
  }

  private begin(): Turn {
    const turn = { located: new Map(), over: false };
    // A tick asked for by a microtask comes when all other microtasks are done.
    queueMicrotask(() =>
      process.nextTick(() => {
        if (this.turn === turn) this.end();
      }),
    );
    return turn;
  }
}

/**
 * Looks at a file of a repository, or takes what has been seen since it was located for this turn; what was located
 * otherwise is always looked at.
 *
 * @param what names the look within the repository
 */
export function lookOnce<T>(repository: Repository, what: string, look: () => T): T {
  const known = looks.get(repository);
  if (known === undefined || known.turn.over) return look();
  const { seen } = known;
  if (seen.has(what)) return seen.get(what) as T;
  const found = look();
  seen.set(what, found);
  return found;
}
