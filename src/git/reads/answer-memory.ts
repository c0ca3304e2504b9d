import { type FileSignature } from '../libgit2/worker.protocol.js';
import { type ObjectCache } from '../object-cache.js';
import { lookOnce } from '../paths/turn-locator.js';
import { type Repository } from '../repository.js';
import { AnswerInputs } from './answer-inputs.js';
import { areUnchanged, hasWholeHistory } from './dependencies.js';

interface Kept<T> {
  readonly answer: T;
  /** Attribute files and configuration decide how a diff is shown. */
  readonly dependencies: readonly FileSignature[];
}

const FILE_BYTES = 200;
const CHARACTER_BYTES = 2;

/** What was answered of ids, kept for as long as nothing else that the answer depends on changes. */
export class AnswerMemory {
  constructor(private readonly cache: ObjectCache) {}

  /** @param parts all that the answer depends on but files */
  question<T>(repository: Repository, ...parts: readonly (string | number)[]): Question<T> {
    // Attributes belong to a work tree, so that the answers of one are not those of another.
    const key = [repository.commonDir, repository.path, ...parts].join('\0');
    return new Question(this.cache, repository, key);
  }
}

/** One question: looked up first, then asked, then kept. */
export class Question<T> {
  private signed: AnswerInputs | undefined;

  constructor(
    private readonly cache: ObjectCache,
    private readonly repository: Repository,
    private readonly key: string,
  ) {}

  /**
   * The answer that was kept. Where there is none, the files are signed that the next one may depend on.
   *
   * @param signed where it has been asked for already: as the files were before
   */
  known(signed?: AnswerInputs): T | undefined {
    const kept = this.cache.get<Kept<T>>(this.key);
    const isWhole = () => lookOnce(this.repository, 'whole history', () => hasWholeHistory(this.repository));
    const holds = kept && isWhole() && areUnchanged(kept.dependencies);
    if (holds) return kept.answer;
    const sign = () => new AnswerInputs(this.repository);
    this.signed = signed ?? lookOnce(this.repository, 'inputs of answers', sign);
    return undefined;
  }

  get inputs(): AnswerInputs {
    if (!this.signed) throw new Error('A question is looked up before it is asked');
    return this.signed;
  }

  /** @param dependencies `null` where they cannot be told: nothing is kept then */
  keep(answer: T, dependencies: readonly FileSignature[] | null, bytes: number): T {
    if (dependencies === null || !this.inputs.wholeHistory || !this.inputs.stoodFor(dependencies))
      return answer;
    const kept: Kept<T> = { answer, dependencies };
    this.cache.set(this.key, kept, bytes + dependencies.length * FILE_BYTES);
    return answer;
  }
}

/** About as many bytes as an answer takes that is no more than text. */
export function sizeInMemory(answer: object): number {
  return JSON.stringify(answer).length * CHARACTER_BYTES;
}
