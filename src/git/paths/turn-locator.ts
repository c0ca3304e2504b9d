import { noteEngine } from '../../observability/operation-trace.js';
import { Notes } from '../../shared/notes.js';
import { type Repository } from '../repository.js';
import { type RepositoryLocator } from '../repository-locks.port.js';

interface Turn {
  readonly located: Map<string, Promise<Repository>>;
  /** What has been looked at in each of them. */
  readonly seen: Map<Repository, Map<string, unknown>>;
  over: boolean;
}

const turns = new Notes<Repository, Turn>('turn');

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
      turns.set(repository, turn);
      return repository;
    });
    turn.located.set(path, located);
    return located;
  }

  /** A call has been answered: whoever comes after that may have changed something, and looks anew. */
  end(): void {
    if (this.turn === undefined) return;
    this.turn.over = true;
    // One of its calls may go on for long.
    this.turn.seen.clear();
    this.turn = undefined;
  }

  private begin(): Turn {
    const turn = { located: new Map(), seen: new Map(), over: false };
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
 * Looks at files of a repository, or takes what has been seen, or made of that, since it was located for this turn; what
 * was located otherwise is always looked at.
 *
 * @param what names the look within the repository, with all that what comes of it depends on
 * @param look what it returns may be given to several callers, so that nobody may change it
 */
export function lookOnce<T>(repository: Repository, what: string, look: () => T): T {
  const turn = turns.get(repository);
  if (turn === undefined || turn.over) return look();
  const known = turn.seen.get(repository);
  if (known?.has(what) === true) {
    noteEngine('cache');
    return known.get(what) as T;
  }
  const found = look();
  // It may have looked at more.
  const seen = turn.seen.get(repository) ?? new Map<string, unknown>();
  turn.seen.set(repository, seen.set(what, found));
  return found;
}
