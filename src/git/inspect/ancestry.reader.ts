import { Inject, Injectable } from '@nestjs/common';

import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { ObjectCache } from '../object-cache.js';
import { AnswerMemory } from '../reads/answer-memory.js';
import { IdAnswers } from '../reads/id-answers.service.js';
import { RevisionResolver } from '../reads/revision.resolver.js';
import { type Repository } from '../repository.js';

export const ANCESTRY_QUESTIONS = [
  'best',
  'all',
  'octopus',
  'independent',
  'is-ancestor',
  'fork-point',
] as const;
export type AncestryQuestion = (typeof ANCESTRY_QUESTIONS)[number];

export interface Ancestry {
  /** Ids of commits; empty where there is none. */
  readonly commits: readonly string[];
  /** Of `is-ancestor` only. */
  readonly isAncestor?: boolean;
}

const ID_BYTES = 80;
const OPTION = { all: '--all', octopus: '--octopus', independent: '--independent' } as const;

/** What histories have in common. */
@Injectable()
export class AncestryReader {
  private readonly memory: AnswerMemory;

  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly revisions: RevisionResolver,
    private readonly answers: IdAnswers,
    cache: ObjectCache,
  ) {
    this.memory = new AnswerMemory(cache);
  }

  /**
   * @param names of commits, at least two; of `is-ancestor` and `fork-point` exactly two
   * @throws ServerError `revision_not_found`
   */
  async ask(
    repository: Repository,
    question: AncestryQuestion,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<Ancestry> {
    const ids = await this.revisions.resolveAll(repository, names, signal);
    const [one = '', other = '', more] = ids;
    if (question === 'is-ancestor') return this.isAncestor(repository, one, other, signal);
    if (question === 'fork-point') {
      // The reflog of the first is asked, which an id does not have.
      return this.list(repository, ['--fork-point'], [names[0] ?? '', other], signal);
    }
    if (question === 'independent' && more === undefined)
      return this.independent(repository, one, other, signal);
    if (question !== 'best') return this.listed(repository, [OPTION[question]], ids, signal);
    if (more !== undefined) return this.listed(repository, [], ids, signal);
    const base = await this.answers.mergeBase(repository, one, other, signal);
    return { commits: base === undefined ? [] : [base] };
  }

  // One that is an ancestor is the base of both; of several bases it is the only one.
  private async isAncestor(
    repository: Repository,
    one: string,
    other: string,
    signal: AbortSignal,
  ): Promise<Ancestry> {
    const base = await this.answers.mergeBase(repository, one, other, signal);
    return { commits: base === undefined ? [] : [base], isAncestor: base === one };
  }

  // Of two, one is left out where the other one reaches it; it is their base then.
  private async independent(
    repository: Repository,
    one: string,
    other: string,
    signal: AbortSignal,
  ): Promise<Ancestry> {
    if (one === other) return { commits: [one] };
    const base = await this.answers.mergeBase(repository, one, other, signal);
    return { commits: [one, other].filter((sha) => sha !== base) };
  }

  /** Of ids, which never change their ancestors. */
  private async listed(
    repository: Repository,
    options: readonly string[],
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<Ancestry> {
    const question = this.memory.question<Ancestry>(repository, 'merge-base listing', ...options, ...ids);
    const known = question.known();
    if (known) return known;
    const found = await this.list(repository, options, ids, signal);
    return question.keep(found, [], found.commits.length * ID_BYTES);
  }

  private async list(
    repository: Repository,
    options: readonly string[],
    revisions: readonly string[],
    signal: AbortSignal,
  ): Promise<Ancestry> {
    const command = { name: 'merge-base listing', options, revisions };
    const result = await this.git.run(repository, command, signal);
    if (result.exitCode > 1) throw gitFailure('merge-base', result);
    return { commits: result.stdout.split('\n').filter(Boolean) };
  }
}
