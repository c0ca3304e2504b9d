import { dirname } from 'node:path';

import { systemClock } from '../../shared/clock.js';
import { statSignature } from '../cli/stat-signature.js';
import { attributeFiles } from '../libgit2/attribute-files.js';
import { type FileSignature } from '../libgit2/worker.protocol.js';
import { type Repository } from '../repository.js';
import {
  areUnchanged,
  dependenciesOf,
  hasPlainConfig,
  hasWholeHistory,
  signaturesOf,
} from './dependencies.js';

/**
 * The files that an answer by ids depends on, as they were before anybody was asked. git reads them at some moment
 * after, so that what was written meanwhile must not be taken for what it has read.
 */
export class AnswerInputs {
  private readonly sinceMs = systemClock.nowMs();
  private readonly hadWholeHistory: boolean;
  /** Those that are the same for all paths. */
  private readonly common: readonly FileSignature[] | null;

  constructor(private readonly repository: Repository) {
    this.hadWholeHistory = hasWholeHistory(repository);
    this.common = dependenciesOf(repository, []);
  }

  /** Else an answer without inputs is not what the ids say either. */
  get wholeHistory(): boolean {
    return this.hadWholeHistory && hasWholeHistory(this.repository);
  }

  /** What the diff of these paths depended on, `null` where that cannot be told, or may have changed since. */
  ofPaths(paths: readonly string[]): readonly FileSignature[] | null {
    const { common, repository } = this;
    const files = attributeFiles(repository, paths);
    if (files === null || common === null || !hasPlainConfig(repository)) return null;
    const others = signaturesOf(files.filter((file) => !common.some(([known]) => known === file)));
    if (others === null || !this.stayed(common, others)) return null;
    return [...common, ...others];
  }

  /** Whether what was signed later, by who had read the files before, was the same as before anybody was asked. */
  stoodFor(dependencies: readonly FileSignature[]): boolean {
    const before = new Map(this.common);
    return dependencies.every(([file, signature]) => (before.get(file) ?? signature) === signature);
  }

  /**
   * Which folders have a say shows only with the answer. That a file was not there meanwhile is told by its folder, which
   * changes when the file comes or goes, and so do the folders above.
   */
  private stayed(common: readonly FileSignature[], others: readonly FileSignature[]): boolean {
    const files = [...common, ...others].map(([file]) => file);
    const folders = others.map(([file]) => dirname(file));
    const top = others.length === 0 ? [] : [this.repository.path];
    const settled = [...files, ...folders, ...top].every((path) => statSignature(path).settled(this.sinceMs));
    return settled && areUnchanged(common);
  }
}
