import { Injectable } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { type BisectLog, type BisectStep, type Verdict, writeBisectLog } from './bisect-log.js';
import { type BisectNext } from './bisect.search.js';

/** Takes the work tree of a bisection to the next commit, and writes down what is known by then. */
@Injectable()
export class BisectStepper {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
  ) {}

  /** The verdicts with the subjects of their commits. */
  async steps(
    repository: Repository,
    verdicts: readonly (readonly [Verdict, string])[],
    signal: AbortSignal,
  ): Promise<readonly BisectStep[]> {
    const ids = verdicts.map(([, sha]) => sha);
    const options = ['--no-walk=unsorted', '-z', '--format=%H %s', '--no-patch'];
    const records = await this.state.list(repository, { name: 'log', options, revisions: ids }, signal);
    const subjects = new Map(
      records.map((record) => {
        const [sha = ''] = record.split(' ', 1);
        return [sha, record.slice(sha.length + 1)] as const;
      }),
    );
    return verdicts.map(([verdict, sha]) => ({ verdict, sha, subject: subjects.get(sha) ?? '' }));
  }

  /**
   * The refs keep what is compared from being deleted, as those of `git bisect` do; they belong to the work tree alone.
   *
   * @throws ServerError `operation_failed` with `details.reason: 'local-changes'` where files are in the way; nothing was
   *   written down then
   */
  async go(
    repository: Repository,
    log: BisectLog & { readonly head?: string },
    next: BisectNext,
    signal: AbortSignal,
  ): Promise<void> {
    if (next.kind === 'try') {
      const options = ['--quiet', '--no-guess', '--detach'];
      await this.commands.must(repository, { name: 'switch', options, revisions: [next.sha] }, signal);
    }
    // The last bad commit is the one that counts, and a ref can be named once.
    const refs = new Map(log.steps.map((step) => [refOf(step), step.sha]));
    const stdin = [...refs].map(([ref, sha]) => `update ${ref} ${sha}\n`).join('');
    const keep = { name: 'update-ref', options: ['--stdin'], stdin };
    await this.commands.must(repository, keep, UNINTERRUPTED);
    await writeBisectLog(repository, {
      ...log,
      areRelated: log.areRelated || next.kind !== 'try' || !next.isBase,
      firstBad: next.kind === 'found' ? next.sha : null,
      candidates: next.kind === 'only-skipped' ? next.candidates : [],
    });
  }
}

function refOf({ verdict, sha }: BisectStep): string {
  return `refs/bisect/${verdict === 'bad' ? 'bad' : `${verdict}-${sha}`}`;
}
