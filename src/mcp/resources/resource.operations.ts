import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../../git/repository-locks.port.js';
import { type Repository } from '../../git/repository.js';
import { OperationExecutor } from '../../resilience/operation.executor.js';
import { type Turn } from '../../resilience/turn.js';
import { ServerError } from '../../shared/errors/index.js';
import { type Principal } from '../../shared/principal.js';

export function mayRead(principal: Principal): boolean {
  return principal.scopes.has('git:read');
}

/** @throws ServerError `forbidden`, as for a tool that reads */
export function assertMayRead(principal: Principal): void {
  if (mayRead(principal)) return;
  const message = 'This needs the scope git:read, which the token does not have';
  throw new ServerError('forbidden', message, { details: { scope: 'git:read' } });
}

/** Reads of repositories under the same policies as tools that read: deadline, circuit, fairness, retries. */
@Injectable()
export class ResourceOperations {
  constructor(
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
    private readonly executor: OperationExecutor,
    private readonly config: GitConfig,
  ) {}

  /**
   * @param path of the repository, as a caller gives it
   * @throws ServerError what the policy of paths, the policies of operations and the work throw
   */
  async read<T>(
    path: string,
    turn: Turn,
    work: (repository: Repository, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const repository = await this.locator.locate(path, signal);
    const operation = { kind: 'git.read', ...turn, idempotent: true, timeoutMs: this.config.timeout };
    return this.executor.run(operation, (aborted) => work(repository, aborted), signal);
  }
}
