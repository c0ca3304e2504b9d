import { type FileSignature } from '../libgit2/worker.protocol.js';
import { type ObjectCache } from '../object-cache.js';
import { type Repository } from '../repository.js';
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

  key({ commonDir, path }: Repository, ...parts: readonly (string | number)[]): string {
    // Attributes belong to a work tree, so that the answers of one are not those of another.
    return [commonDir, path, ...parts].join('\0');
  }

  known<T>(repository: Repository, key: string): T | undefined {
    const kept = this.cache.get<Kept<T>>(key);
    return kept && hasWholeHistory(repository) && areUnchanged(kept.dependencies) ? kept.answer : undefined;
  }

  /** @param dependencies `null` where they cannot be told: nothing is kept then */
  keep<T>(
    repository: Repository,
    key: string,
    answer: T,
    dependencies: readonly FileSignature[] | null,
    bytes: number,
  ): T {
    if (dependencies === null || !hasWholeHistory(repository)) return answer;
    const kept: Kept<T> = { answer, dependencies };
    this.cache.set(key, kept, bytes + dependencies.length * FILE_BYTES);
    return answer;
  }
}

/** About as many bytes as an answer takes that is no more than text. */
export function sizeInMemory(answer: object): number {
  return JSON.stringify(answer).length * CHARACTER_BYTES;
}
