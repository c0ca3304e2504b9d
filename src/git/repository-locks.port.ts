import { type Repository } from './repository.js';

/** One writer at a time per common dir, first come first served between sessions, readers beside it. */
export interface RepositoryLocks {
  /**
   * @returns a release function; calling it twice does nothing
   * @throws ServerError `repository_busy` with `retryAfterMs` after `git.lockTimeout`; `operation_cancelled`
   */
  acquire(
    repository: Repository,
    owner: { sessionId: string; requestId: string; tool: string },
    signal: AbortSignal,
  ): Promise<() => void>;
}

/** Turns a caller's path into a repository, or refuses it. */
export interface RepositoryLocator {
  /**
   * @throws ServerError `path_not_allowed` (outside the roots; no roots, naming the setting), `not_a_repository`
   */
  locate(path: string, signal: AbortSignal): Promise<Repository>;
  /** For clone and init: `path` does not exist or is empty, and lies inside a root by its real parent. */
  locateNew(path: string, signal: AbortSignal): Promise<string>;
}

export const REPOSITORY_LOCKS = Symbol('RepositoryLocks');
export const REPOSITORY_LOCATOR = Symbol('RepositoryLocator');
