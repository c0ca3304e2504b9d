import { setTimeout as sleep } from 'node:timers/promises';

import { Inject, Injectable } from '@nestjs/common';

import { GIT_CLI, type GitCli, type GitCommand } from '../git-cli.port.js';
import { type CommitRange } from '../libgit2/worker.protocol.js';
import { ObjectCache } from '../object-cache.js';
import { AnswerInputs } from '../reads/answer-inputs.js';
import { AnswerMemory, type Question, sizeInMemory } from '../reads/answer-memory.js';
import { IdAnswers } from '../reads/id-answers.service.js';
import { Libgit2Reads } from '../reads/libgit2.reads.js';
import { nearMergeBase } from '../reads/near-history.js';
import { RevisionResolver } from '../reads/revision.resolver.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { beside } from './beside.js';
import { RefusedSettings } from './refused-settings.js';
import { parseRangeDiff, type RangePair } from './range-diff-output.parser.js';
import { readFailure } from './read-failure.js';

export interface SeriesQuery {
  /** Tips of the two versions. */
  readonly old: string;
  readonly new: string;
  /** What each is based on; where absent, what the two have in common. */
  readonly oldBase?: string;
  readonly newBase?: string;
  /** How different a commit may be and still be the same one, in percent. */
  readonly creationFactor: number;
  readonly patch: boolean;
}

export interface CherryCommit {
  readonly sha: string;
  readonly subject: string;
  /** The upstream has a commit with the same change. */
  readonly upstream: boolean;
}

interface Comparison {
  readonly command: GitCommand;
  readonly ranges: readonly CommitRange[];
  /** As they were before git was asked, where it has been. */
  readonly inputs: AnswerInputs | undefined;
  /** Whether the answer is kept for who asks again at once, and who does waits for that. */
  readonly atOnce: boolean;
}

const MAX_BYTES = 16 * 2 ** 20;
/** About what git takes for a long series. */
const WAIT_MS = 50;
/** Until then whoever asks again at once has had the processors for git. */
const LATER_MS = 100;

/** Compares series of commits by what they change. */
@Injectable()
export class SeriesReader {
  private readonly memory: AnswerMemory;
  /** Answers that are given and not kept yet. */
  private readonly keeping = new Map<string, Promise<void>>();

  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly revisions: RevisionResolver,
    private readonly answers: IdAnswers,
    private readonly settings: RefusedSettings,
    private readonly libgit2: Libgit2Reads,
    cache: ObjectCache,
  ) {
    this.memory = new AnswerMemory(cache);
  }

  /**
   * Which commits of one version of a series are which of the other.
   *
   * @throws ServerError `revision_not_found`; `untrusted_config` where a program of the configuration would convert files;
   *   `operation_failed` with `details.reason`: `no-merge-base`, `too-many-entries`
   */
  async rangeDiff(
    repository: Repository,
    query: SeriesQuery,
    signal: AbortSignal,
  ): Promise<readonly RangePair[]> {
    const ask = async (ranges: readonly CommitRange[], unless: AbortSignal) => {
      // The git log that it starts for each side cannot be told to leave it out.
      await this.settings.requireNone(repository, /^diff\..*\.textconv$/s, unless);
      return parseRangeDiff(await this.run(repository, rangeDiff(query, ranges), unless));
    };
    const compare = async (ranges: readonly CommitRange[], answer: () => Promise<readonly RangePair[]>) =>
      this.remembered(
        repository,
        { command: rangeDiff(query, ranges), ranges, inputs, atOnce: true },
        answer,
      );
    const find = async () => this.ranges(repository, query, signal);
    const early = this.earlyRanges(repository, query);
    const inputs = early && new AnswerInputs(repository);
    const { asked, found } = early
      ? await beside(async (unless) => ask(early, unless), find, signal)
      : { asked: undefined, found: await find() };
    // Between several merge bases there are commits that only one of the two comparisons has.
    const same = asked !== undefined && isOnlyBase(repository, found);
    return compare(found, async () => (same ? asked : ask(found, signal)));
  }

  /** The same commits, as long as the two have one merge base. */
  private earlyRanges(repository: Repository, query: SeriesQuery): readonly CommitRange[] | undefined {
    if (query.oldBase !== undefined || query.newBase !== undefined) return undefined;
    const [older, newer] = [query.old, query.new].map((name) => this.revisions.early(repository, name));
    return older === undefined || newer === undefined
      ? undefined
      : [
          [newer, older],
          [older, newer],
        ];
  }

  /**
   * The commits of `head` that `upstream` does not have, and which of them it has in another form.
   *
   * @returns oldest first
   * @throws ServerError `revision_not_found`
   */
  async cherry(
    repository: Repository,
    { upstream, head, limit }: { upstream: string; head: string; limit?: string },
    signal: AbortSignal,
  ): Promise<readonly CherryCommit[]> {
    const names = [upstream, head, ...(limit === undefined ? [] : [limit])];
    const find = async () => this.revisions.resolveAll(repository, names, signal);
    const ask = async (revisions: readonly string[], unless: AbortSignal) =>
      parseCherry(await this.run(repository, cherryOf(revisions), unless));
    const early = names.flatMap((name) => this.revisions.early(repository, name) ?? []);
    const inputs = early.length === names.length ? new AnswerInputs(repository) : undefined;
    const { asked, found: revisions } =
      inputs !== undefined
        ? await beside(async (unless) => ask(early, unless), find, signal)
        : { asked: undefined, found: await find() };
    const [theirs = '', ours = ''] = revisions;
    const ranges = [[theirs, ours] as const, [ours, theirs] as const];
    // What is compared is as much work to find as to compare: not worth a wait.
    const comparison = { command: cherryOf(revisions), ranges, inputs, atOnce: false };
    return this.remembered(repository, comparison, async () => asked ?? ask(revisions, signal));
  }

  /** Between ids it is always the same, as long as attributes and configuration are that say how files are compared. */
  private async remembered<T extends readonly object[]>(
    repository: Repository,
    { command, ranges, inputs, atOnce }: Comparison,
    ask: () => Promise<T>,
  ): Promise<T> {
    const text = JSON.stringify(command);
    const key = `${repository.path}\0${text}`;
    if (atOnce) await this.patience(this.keeping.get(key));
    const question = this.memory.question<T>(repository, 'series', text);
    const known = question.known(inputs);
    if (known) return known;
    const answer = await ask();
    if (this.keeping.has(key)) return answer;
    // Which paths are compared is found out once git is done, which else would have to share the processors.
    const kept = sleep(atOnce ? 0 : LATER_MS, undefined, { ref: false })
      .then(() => this.keep(repository, ranges, question, answer))
      .catch(() => undefined)
      .finally(() => this.keeping.delete(key));
    this.keeping.set(key, kept);
    return answer;
  }

  private async keep<T extends readonly object[]>(
    repository: Repository,
    ranges: readonly CommitRange[],
    question: Question<T>,
    answer: T,
  ): Promise<void> {
    const paths = await this.touched(repository, ranges);
    question.keep(answer, paths ? question.inputs.ofPaths(paths) : null, sizeInMemory(answer));
  }

  /** Who asks again at once does not start git as well. */
  private async patience(keeping: Promise<void> | undefined): Promise<void> {
    if (keeping === undefined) return;
    const enough = new AbortController();
    const pause = sleep(WAIT_MS, undefined, { signal: enough.signal }).catch(() => undefined);
    await Promise.race([keeping, pause]);
    enough.abort();
  }

  private async touched(
    repository: Repository,
    ranges: readonly CommitRange[],
  ): Promise<readonly string[] | undefined> {
    const question = this.memory.question<readonly string[]>(repository, 'touched', JSON.stringify(ranges));
    const known = question.known();
    if (known) return known;
    const paths = await this.libgit2.ask(repository, 'touchedPaths', { ranges }, UNINTERRUPTED);
    return paths && question.keep(paths, [], sizeInMemory(paths));
  }

  /** Base and tip of both versions. */
  private async ranges(
    repository: Repository,
    query: SeriesQuery,
    signal: AbortSignal,
  ): Promise<readonly CommitRange[]> {
    const [older = '', newer = ''] = await this.revisions.resolveAll(
      repository,
      [query.old, query.new],
      signal,
    );
    const base = (name: string | undefined) =>
      name === undefined
        ? this.common(repository, older, newer, signal)
        : this.revisions.resolve(repository, name, signal);
    const [oldBase, newBase] = await Promise.all([base(query.oldBase), base(query.newBase)]);
    return [
      [oldBase, older],
      [newBase, newer],
    ];
  }

  private async common(repository: Repository, one: string, other: string, signal: AbortSignal) {
    const base = await this.answers.mergeBase(repository, one, other, signal);
    if (base !== undefined) return base;
    throw refused('no-merge-base', 'The two have no common ancestor; give old_base and new_base');
  }

  private async run(repository: Repository, command: GitCommand, signal: AbortSignal): Promise<string> {
    const result = await this.git.run(repository, command, signal, { maxOutputBytes: MAX_BYTES });
    if (result.exitCode !== 0) throw readFailure(command.name, result);
    if (!result.truncated) return result.stdout;
    throw refused('too-many-entries', 'The comparison is too long to be answered; compare fewer commits');
  }
}

function rangeDiff(query: SeriesQuery, ranges: readonly CommitRange[]): GitCommand {
  const options = [
    '--no-notes',
    `--creation-factor=${query.creationFactor}`,
    ...(query.patch ? [] : ['--no-patch']),
  ];
  return { name: 'range-diff', options, revisions: ranges.map(([from, to]) => `${from}..${to}`) };
}

function cherryOf(revisions: readonly string[]): GitCommand {
  return { name: 'cherry', options: ['-v', '--abbrev=64'], revisions };
}

function isOnlyBase(repository: Repository, [range, other]: readonly CommitRange[]): boolean {
  if (range === undefined || other === undefined) return false;
  return nearMergeBase(repository, range[1], other[1]) === range[0];
}

function parseCherry(output: string): readonly CherryCommit[] {
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [, mark, sha = '', subject = ''] = /^([+-]) ([0-9a-f]+) ?(.*)$/.exec(line) ?? [];
      return { sha, subject, upstream: mark === '-' };
    });
}
