import { Inject, Injectable } from '@nestjs/common';

import { OperationLog } from '../../git/operations/operation.log.js';
import { type Repository } from '../../git/repository.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../../git/repository-locks.port.js';
import { principalKey } from '../../shared/principal.js';
import { type FreeTool, type ToolAnswer, type ToolContext } from '../tool.js';
import { ChangeRecorder, operationCall } from './change.recorder.js';

type Answer = ToolAnswer<object>;
/** Of a tool that makes a repository. */
interface Input {
  readonly repo_path: string;
  readonly idempotency_key: string;
}

/** Makes a repository once for each key: the log that knows of it is that of the repository. */
@Injectable()
export class MadeRepositories {
  private readonly underway = new Map<string, Promise<unknown>>();

  constructor(
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
    private readonly recorder: ChangeRecorder,
    private readonly log: OperationLog,
  ) {}

  /** @throws ServerError what the tool throws; `operation_failed` with `details.reason: 'idempotency_key_reused'` */
  async once(tool: FreeTool, input: Input, context: ToolContext, signal: AbortSignal): Promise<Answer> {
    // Calls with the same key wait for each other, as those on a repository do at its lock.
    const turn = `${principalKey(context.principal)}\0${input.idempotency_key}`;
    const before = this.underway.get(turn);
    const work = Promise.resolve(before)
      .catch(() => undefined)
      .then(() => this.make(tool, input, context, signal));
    this.underway.set(turn, work);
    try {
      return await work;
    } finally {
      if (this.underway.get(turn) === work) this.underway.delete(turn);
    }
  }

  private async make(tool: FreeTool, input: Input, context: ToolContext, signal: AbortSignal) {
    const call = operationCall(tool, input, context);
    const there = await this.find(input.repo_path, signal);
    const known = there && call.key && (await this.recorder.answered(there, call.key, signal));
    if (known !== undefined) return known;
    const answer = await tool.run(input, context, signal);
    const made = await this.find(input.repo_path, signal);
    if (made !== undefined) await this.log.record(made, call, async () => answer, identity, signal);
    return answer;
  }

  private find(path: string, signal: AbortSignal): Promise<Repository | undefined> {
    return this.locator.locate(path, signal).catch(() => undefined);
  }
}

function identity(answer: Answer): Answer {
  return answer;
}
