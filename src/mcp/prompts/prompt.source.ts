import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../../git/repository-locks.port.js';
import { OperationExecutor } from '../../resilience/operation.executor.js';
import { turnOf } from '../../resilience/turn.js';
import { assertMayRead } from '../resources/resource.operations.js';
import { type ResourceReader } from '../resources/resource.js';
import { PromptReads } from './prompt.reads.js';
import { RepositoryFacts } from './repository-facts.js';

/** Reads a repository for a prompt, by the rules under which a reading tool does. */
@Injectable()
export class PromptSource {
  constructor(
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
    private readonly reads: PromptReads,
    private readonly executor: OperationExecutor,
    private readonly config: GitConfig,
  ) {}

  /**
   * @param repoPath as tools take it in `repo_path`
   * @param gather all of it is one operation: one deadline, one turn, one place among those that run
   * @throws ServerError `forbidden` without the scope git:read; what the locator, the policies and the reads throw
   */
  async read<T>(
    repoPath: string,
    { principal, sessionId }: ResourceReader,
    signal: AbortSignal,
    gather: (facts: RepositoryFacts) => Promise<T>,
  ): Promise<T> {
    assertMayRead(principal);
    const operation = {
      kind: 'git.read',
      ...turnOf(principal, sessionId),
      idempotent: true,
      timeoutMs: this.config.timeout,
    };
    const work = async (aborted: AbortSignal) => {
      const repository = await this.locator.locate(repoPath, aborted);
      return gather(new RepositoryFacts(repository, this.reads, aborted));
    };
    return this.executor.run(operation, work, signal);
  }
}
