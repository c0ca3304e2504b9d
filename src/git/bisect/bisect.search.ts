import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli, type GitCommand } from '../git-cli.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { type BisectLog } from './bisect-log.js';

export type BisectNext =
  | { readonly kind: 'try'; readonly sha: string; readonly isBase: boolean }
  | { readonly kind: 'found'; readonly sha: string }
  | { readonly kind: 'only-skipped'; readonly candidates: readonly string[] };

const MAX_BYTES = 64 * 2 ** 20;

/**
 * Which commit to try next: git's own choice, by `git rev-list`. Not by `git bisect`, whose processes do not
 * read `core.hooksPath` and would run the hooks of the repository.
 */
@Injectable()
export class BisectSearch {
  constructor(@Inject(GIT_CLI) private readonly git: GitCli) {}

  /**
   * @throws ServerError `operation_failed` with `details.reason`: `not-ancestors`, `fixed-between`, `no-commits`
   */
  async next(repository: Repository, log: BisectLog, signal: AbortSignal): Promise<BisectNext> {
    const { bad, good, skipped } = endsOf(log);
    const base = log.areRelated ? undefined : await this.untriedBase(repository, log, signal);
    if (base !== undefined) return { kind: 'try', sha: base, isBase: true };
    const ids = await this.byUse(repository, log, signal);
    if (ids.length === 0 || good.includes(bad))
      throw refused('no-commits', 'No commit between the good and the bad one changes the paths');
    const next = ids.find((id) => !skipped.has(id)) ?? bad;
    const passed = ids.filter((id) => skipped.has(id));
    if (next !== bad) return { kind: 'try', sha: next, isBase: false };
    return passed.length === 0
      ? { kind: 'found', sha: bad }
      : { kind: 'only-skipped', candidates: [...passed, bad] };
  }

  /** Those that say most first, the bad one last; only the very best where none was skipped, which git knows sooner. */
  private async byUse(
    repository: Repository,
    log: BisectLog,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    if (endsOf(log).skipped.size === 0) {
      const variables = await this.between(repository, log, ['--bisect-vars'], signal);
      // Of no commit at all it names one all the same.
      if (variables.includes('bisect_all=0')) return [];
      return variables.flatMap((line) => /^bisect_rev='([0-9a-f]+)'$/.exec(line)?.[1] ?? []);
    }
    const all = await this.between(repository, log, ['--bisect-all'], signal);
    return all.map((line) => line.split(' ', 1)[0] ?? '');
  }

  /** How many commits the first bad one may be among. */
  async remaining(repository: Repository, log: BisectLog, signal: AbortSignal): Promise<number> {
    return Number((await this.between(repository, log, ['--count'], signal))[0]);
  }

  private between(
    repository: Repository,
    log: BisectLog,
    options: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const { bad, good } = endsOf(log);
    const command = {
      name: 'rev-list listing',
      options: [...options, ...(log.firstParent ? ['--first-parent'] : [])],
      revisions: [bad, ...good.map((id) => `^${id}`)],
      paths: log.paths,
    };
    return this.lines(repository, command, signal);
  }

  /** Where a good commit is no ancestor of the bad one, what they have in common has to be good first. */
  private async untriedBase(
    repository: Repository,
    log: BisectLog,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { bad, good, skipped } = endsOf(log);
    const beside = { name: 'rev-list listing', options: ['--count'], revisions: [...good, `^${bad}`] };
    if ((await this.lines(repository, beside, signal))[0] === '0') return undefined;
    const command = { name: 'merge-base listing', options: ['--all'], revisions: [bad, ...good] };
    const bases = await this.lines(repository, command, signal);
    if (bases.includes(bad)) throw hasNoGood(log);
    return bases.find((base) => !good.includes(base) && !skipped.has(base));
  }

  private async lines(
    repository: Repository,
    command: GitCommand,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const result = await this.git.run(repository, command, signal, { maxOutputBytes: MAX_BYTES });
    // git merge-base ends with 1 where there is none.
    if (result.exitCode > 1) throw gitFailure(command.name, result);
    if (result.truncated)
      throw refused('too-many-entries', 'More commits lie between than can be taken in; name closer ones');
    return result.stdout.split('\n').filter(Boolean);
  }
}

interface Ends {
  readonly bad: string;
  readonly good: readonly string[];
  readonly skipped: ReadonlySet<string>;
}

/** What the verdicts come to; the last bad commit is the one that counts. */
export function endsOf({ steps }: Pick<BisectLog, 'steps'>): Ends {
  const of = (wanted: string) => steps.filter(({ verdict }) => verdict === wanted).map(({ sha }) => sha);
  return { bad: of('bad').at(-1) ?? '', good: of('good'), skipped: new Set(of('skip')) };
}

function hasNoGood({ steps }: BisectLog): ServerError {
  const wasFoundBad = steps.filter(({ verdict }) => verdict === 'bad').length > 1;
  return wasFoundBad
    ? refused(
        'fixed-between',
        'What the good and the bad commit have in common is bad: the fault was mended on the way to the good one',
      )
    : refused(
        'not-ancestors',
        'A good commit is no ancestor of the bad one, but the other way round; are the two mistaken?',
      );
}
