import { Injectable } from '@nestjs/common';

import { HeadReader } from '../../git/reads/head.reader.js';
import { type Repository } from '../../git/repository.js';
import { ServerError } from '../../shared/errors/index.js';

/** What a call may say of the repository that it means to change. */
export interface Expectation {
  /** Beginning of an object id. */
  readonly expected_head?: string;
}

/** Refuses a call whose caller has seen another state than the one that is there. */
@Injectable()
export class ExpectedState {
  constructor(private readonly heads: HeadReader) {}

  /**
   * Call with the writer lock held.
   *
   * @throws ServerError `operation_failed` with `details: {reason: 'unexpected_state', expected, actual}`; `actual` is
   *   `null` before the first commit
   */
  async require(
    repository: Repository,
    { expected_head: expected }: Expectation,
    signal: AbortSignal,
  ): Promise<void> {
    if (expected === undefined) return;
    const actual = (await this.heads.head(repository, signal)).head;
    if (actual?.startsWith(expected) === true) return;
    const message =
      'HEAD is not where the call expects it, so nothing was done; look at what happened meanwhile, then decide anew';
    throw new ServerError('operation_failed', message, {
      details: { reason: 'unexpected_state', expected, actual },
    });
  }
}
