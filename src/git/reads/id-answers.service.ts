import { Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import {
  type DiffAnswer,
  type DiffFile,
  type DiffShape,
  type LoggedCommit,
  type ShowAnswer,
} from '../git-reads.port.js';
import { type DiffLimits, type FileSignature, type WorkerOperations } from '../libgit2/worker.protocol.js';
import { ObjectCache } from '../object-cache.js';
import { HUGE_OBJECT } from '../objects/pack.js';
import { lookOnce } from '../paths/turn-locator.js';
import { type Repository } from '../repository.js';
import { type AnswerInputs } from './answer-inputs.js';
import { AnswerMemory } from './answer-memory.js';
import { CliReads } from './cli.reads.js';
import { isPlainShape } from './diff-options.js';
import { Libgit2Reads } from './libgit2.reads.js';
import { nearAnswer, nearOutcome } from './near-answers.js';
import { nearLog, nearMergeBase } from './near-history.js';
import { type LogSelection } from './selections.js';

const CHARACTER_BYTES = 2;
const GIVEN_UP = { unsuited: 'given-up' };
const FILE_BYTES = 200;
/** With what it is shown as, which is remembered with it. */
const COMMIT_BYTES = 1_000;

/** Of whose diff the files are taken. */
const COUNTED = { contextLines: 3 };

export interface PlainMerge {
  readonly base: string;
  readonly tree: string;
  readonly files: readonly DiffFile[];
}

/** Answers that are addressed by the ids of commits: the same question has the same answer, so it is kept. */
@Injectable()
export class IdAnswers {
  private readonly memory: AnswerMemory;

  constructor(
    private readonly libgit2: Libgit2Reads,
    private readonly cli: CliReads,
    cache: ObjectCache,
    private readonly config: GitConfig,
  ) {
    this.memory = new AnswerMemory(cache);
  }

  async show(
    repository: Repository,
    sha: string,
    shape: DiffShape,
    signal: AbortSignal,
  ): Promise<ShowAnswer> {
    const question = this.memory.question<ShowAnswer>(repository, 'show', sha, JSON.stringify(shape));
    const known = question.known();
    if (known) return known;
    const fast = await this.askPlain(repository, 'show', { sha }, shape, signal);
    if (fast?.shown) {
      const { commit, shown } = fast;
      const size = sizeOf(shown.diff) + sizeOfCommit(commit);
      return question.keep({ commit, diff: shown.diff }, shown.attributes, size);
    }
    const answer = await this.showByGit(
      repository,
      sha,
      { shape, firstParent: fast?.commit.parents[0] },
      signal,
    );
    const size = sizeOf(answer.diff) + sizeOfCommit(answer.commit);
    return question.keep(answer, question.inputs.ofPaths(pathsOf(answer.diff)), size);
  }

  /** Of a merge git prints what differs from all parents; the files are those that differ from the first one. */
  private async showByGit(
    repository: Repository,
    sha: string,
    { shape, firstParent }: { shape: DiffShape; firstParent: string | undefined },
    signal: AbortSignal,
  ): Promise<ShowAnswer> {
    const early =
      firstParent === undefined ? undefined : this.diff(repository, firstParent, sha, shape, signal);
    // Where both fail, the first failure is the answer and the other one nobody's.
    early?.catch(() => undefined);
    const answer = await this.cli.show(repository, sha, shape, signal);
    const [parent, second] = answer.commit.parents;
    if (parent === undefined || second === undefined) return answer;
    const { files } = await (early ?? this.diff(repository, parent, sha, shape, signal));
    return { commit: answer.commit, diff: { ...answer.diff, files } };
  }

  async diff(
    repository: Repository,
    from: string,
    to: string,
    shape: DiffShape,
    signal: AbortSignal,
  ): Promise<DiffAnswer> {
    const question = this.memory.question<DiffAnswer>(repository, 'diff', from, to, JSON.stringify(shape));
    const known = question.known();
    if (known) return known;
    const fast = await this.askPlain(repository, 'diffCommits', { from, to }, shape, signal);
    if (fast) return question.keep(fast.diff, fast.attributes, sizeOf(fast.diff));
    const diff = await this.cli.diff(repository, { ids: [from, to] }, shape, signal);
    return question.keep(diff, question.inputs.ofPaths(pathsOf(diff)), sizeOf(diff));
  }

  /** libgit2 knows the form that git has by default, and no other. */
  private async askPlain<Name extends 'show' | 'diffCommits'>(
    repository: Repository,
    operation: Name,
    ends: Omit<WorkerOperations[Name]['args'], keyof DiffLimits>,
    shape: DiffShape,
    signal: AbortSignal,
  ): Promise<WorkerOperations[Name]['answer'] | undefined> {
    if (!isPlainShape(shape)) return undefined;
    const limits: DiffLimits = {
      contextLines: shape.contextLines,
      maxBytes: this.config.maxOutputBytes,
    };
    const args = { ...ends, ...limits } as WorkerOperations[Name]['args'];
    // Who has given up is told so by the pool.
    const near = signal.aborted ? GIVEN_UP : await nearOutcome(repository, operation, args);
    if ('answer' in near) return near.answer;
    if (near.unsuited === HUGE_OBJECT) return undefined;
    return this.libgit2.ask(repository, operation, args, signal);
  }

  async log(
    repository: Repository,
    query: LogSelection,
    signal: AbortSignal,
  ): Promise<readonly LoggedCommit[]> {
    const text = JSON.stringify(query);
    const question = this.memory.question<readonly LoggedCommit[]>(repository, 'log', text);
    const known = question.known();
    if (known) return known;
    const commits =
      // Who has given up is told so by the pool.
      (signal.aborted ? undefined : lookOnce(repository, `log ${text}`, () => nearLog(repository, query))) ??
      (isPlain(query) ? await this.libgit2.ask(repository, 'log', query, signal) : undefined) ??
      (await this.cli.log(repository, query, signal));
    const size = commits.reduce((sum, commit) => sum + sizeOfCommit(commit), 0);
    return question.keep(commits, dependenciesOfLog(question.inputs, query), size);
  }

  /** @returns `undefined` where the two have no common ancestor */
  async mergeBase(
    repository: Repository,
    one: string,
    other: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const question = this.memory.question<string>(repository, 'merge-base', one, other);
    const known = question.known();
    if (known !== undefined) return known;
    const base =
      nearMergeBase(repository, one, other) ??
      (await this.libgit2.ask(repository, 'mergeBase', { one, other }, signal))?.sha ??
      (await this.cli.mergeBase(repository, one, other, signal));
    return base === undefined ? undefined : question.keep(base, [], base.length * CHARACTER_BYTES);
  }

  /**
   * The merge base of two commits, the id of the tree that merging them comes to, and the files that theirs have changed;
   * `undefined` where git is to tell, because they have changed the same files, or renamed some.
   */
  async mergedTree(
    repository: Repository,
    ours: string,
    theirs: string,
    signal: AbortSignal,
  ): Promise<PlainMerge | undefined> {
    const base = nearMergeBase(repository, ours, theirs) ?? null;
    const args = { ours, theirs, base };
    const near = signal.aborted ? undefined : await nearAnswer(repository, 'mergeTrees', args);
    const merged = near ?? (await this.libgit2.ask(repository, 'mergeTrees', args, signal));
    if (!merged) return undefined;
    const files = merged.files ?? (await this.diff(repository, merged.base, theirs, COUNTED, signal)).files;
    return { ...merged, files };
  }
}

function pathsOf({ files }: DiffAnswer): readonly string[] {
  return files.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from]));
}

/** From here on git has listed them sooner than a worker has told them. */
const MANY_COMMITS = 200;
const OF_LIBGIT2 = new Set(['sha', 'maxCount', 'since', 'until']);

function isPlain(query: LogSelection): boolean {
  return query.maxCount <= MANY_COMMITS && Object.keys(query).every((name) => OF_LIBGIT2.has(name));
}

/** What is text, and where a function begins, is said by attributes. Of files that are not known, they cannot be told. */
function dependenciesOfLog(
  inputs: AnswerInputs,
  { diffGrep, range }: LogSelection,
): readonly FileSignature[] | null {
  if (diffGrep !== undefined) return null;
  return range === undefined ? [] : inputs.ofPaths([range.path]);
}

function sizeOf({ patch, files }: DiffAnswer): number {
  return patch.length * CHARACTER_BYTES + files.length * FILE_BYTES;
}

function sizeOfCommit({ message, patch = '' }: LoggedCommit): number {
  return (message.length + patch.length) * CHARACTER_BYTES + COMMIT_BYTES;
}
