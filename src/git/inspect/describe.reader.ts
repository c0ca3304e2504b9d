import { Inject, Injectable } from '@nestjs/common';

import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { RevisionResolver } from '../reads/revision.resolver.js';
import { type Repository } from '../repository.js';
import { beside } from './beside.js';

export const DESCRIBE_NAMES = ['annotated', 'tags', 'all'] as const;

export interface DescribeQuery {
  readonly revision: string;
  /** Annotated tags only, all tags, or all refs. */
  readonly names: (typeof DESCRIBE_NAMES)[number];
  /** Look for a name that contains the commit, instead of one that it contains. */
  readonly contains: boolean;
  /** A glob on names of tags, without `refs/tags/`. */
  readonly match?: string;
  readonly exclude?: string;
  readonly firstParent: boolean;
  /** Digits of the abbreviated id; 0 leaves it and the distance out. */
  readonly abbrev: number;
}

export interface Description {
  readonly sha: string;
  /** `null` where no name was found. */
  readonly text: string | null;
  readonly name?: string;
  /** Commits since the name. */
  readonly distance?: number;
}

type Name = Omit<Description, 'sha'>;

const LONG = /^([^]*)-(\d+)-g([0-9a-f]+)$/;
const NOTHING = /^fatal: (No (annotated )?(names|tags)|cannot describe|Could not get sha1)/m;

/** Names a commit after the nearest tag. */
@Injectable()
export class DescribeReader {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly revisions: RevisionResolver,
  ) {}

  /** @throws ServerError `revision_not_found` */
  async describe(repository: Repository, query: DescribeQuery, signal: AbortSignal): Promise<Description> {
    const find = async () => this.revisions.resolve(repository, query.revision, signal);
    const early = this.revisions.early(repository, query.revision);
    if (early === undefined) {
      const sha = await find();
      return { sha, ...(await this.ask(repository, sha, query, signal)) };
    }
    // The id of a tag would be named after the tag, and not after what it leads to.
    const ask = async (unless: AbortSignal) => this.ask(repository, `${early}^0`, query, unless);
    const { asked, found: sha } = await beside(ask, find, signal);
    return { sha, ...asked };
  }

  /** @param commit its id, or what always names it */
  private async ask(
    repository: Repository,
    commit: string,
    query: DescribeQuery,
    signal: AbortSignal,
  ): Promise<Name> {
    return query.contains
      ? this.after(repository, commit, query, signal)
      : this.before(repository, commit, query, signal);
  }

  private async before(
    repository: Repository,
    commit: string,
    query: DescribeQuery,
    signal: AbortSignal,
  ): Promise<Name> {
    const options = [
      '--long',
      // With 0 git knows no long form.
      `--abbrev=${Math.max(4, query.abbrev)}`,
      ...(query.names === 'annotated' ? [] : [`--${query.names}`]),
      ...(query.match === undefined ? [] : [`--match=${query.match}`]),
      ...(query.exclude === undefined ? [] : [`--exclude=${query.exclude}`]),
      ...(query.firstParent ? ['--first-parent'] : []),
    ];
    const command = { name: 'describe listing', options, revisions: [commit] };
    const result = await this.git.run(repository, command, signal);
    if (result.exitCode !== 0 && !NOTHING.test(result.stderr)) throw gitFailure('describe', result);
    const long = result.stdout.trimEnd();
    const [, name, count = '0'] = LONG.exec(long) ?? [];
    if (name === undefined) return { text: null };
    const distance = Number(count);
    return { text: distance === 0 || query.abbrev === 0 ? name : long, name, distance };
  }

  private async after(
    repository: Repository,
    commit: string,
    { names, match, exclude }: DescribeQuery,
    signal: AbortSignal,
  ): Promise<Name> {
    const tagged = names === 'all' ? '' : 'refs/tags/';
    const options = [
      '--name-only',
      ...(names === 'all' ? [] : ['--tags']),
      ...(match === undefined ? [] : [`--refs=${tagged}${match}`]),
      ...(exclude === undefined ? [] : [`--exclude=${tagged}${exclude}`]),
      '--no-undefined',
    ];
    const command = { name: 'name-rev', options, revisions: [commit] };
    const result = await this.git.run(repository, command, signal);
    if (result.exitCode !== 0 && !NOTHING.test(result.stderr)) throw gitFailure('name-rev', result);
    const text = result.stdout.trimEnd();
    return text === '' ? { text: null } : { text, name: text.replace(/[~^][~^\d]*$/, '') };
  }
}
