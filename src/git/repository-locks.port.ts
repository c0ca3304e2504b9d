import { type Principal } from '../shared/principal.js';
import { type Repository } from './repository.js';

/** One writer at a time per common dir, principals and their sessions in turns, readers beside it. */
export interface RepositoryLocks {
  /**
   * @returns a release function; calling it twice does nothing
   * @throws ServerError `repository_busy` with `retryAfterMs` after `git.lockTimeout`; `operation_cancelled`
   */
  acquire(repository: Repository, owner: LockOwner, signal: AbortSignal): Promise<() => void>;
}

export interface LockOwner {
  readonly sessionId: string;
  readonly requestId: string;
  readonly tool: string;
  /** Absent for what the server does on its own account. */
  readonly principal?: Principal;
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
