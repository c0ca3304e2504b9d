import { Inject, Injectable } from '@nestjs/common';

import { type ServerError } from '../../shared/errors/index.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { type DiffFile } from '../git-reads.port.js';
import { ObjectCache } from '../object-cache.js';
import { treeHere } from '../objects/near-commits.js';
import { AnswerMemory, sizeInMemory } from '../reads/answer-memory.js';
import { revisionNotFound } from '../reads/cli.reads.js';
import { parseDiffOutput } from '../reads/diff-output.parser.js';
import { IdAnswers } from '../reads/id-answers.service.js';
import { isPlainRepository } from '../reads/libgit2.reads.js';
import { RevisionResolver } from '../reads/revision.resolver.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { TemporaryFolders } from '../temporary-folders.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { beside } from './beside.js';
import { indexAttributes } from './index-attributes.js';
import {
  type MergeConflict,
  type MergedTree,
  type MergeMessage,
  parseMergeTree,
} from './merge-tree-output.parser.js';
import { readFailure } from './read-failure.js';

export interface MergePreview {
  readonly ours: string;
  readonly theirs: string;
  /** `null` where the histories have nothing in common. */
  readonly base: string | null;
  /** Of the merged files, with markers in those that conflict. The repository does not have it. */
  readonly tree: string;
  readonly conflicts: readonly MergeConflict[];
  readonly messages: readonly MergeMessage[];
  /** How the merged tree differs from `ours`. */
  readonly files: readonly DiffFile[];
}

type Merged = MergedTree & Pick<MergePreview, 'files'>;

const MAX_BYTES = 16 * 2 ** 20;
const FILES = ['--stdin', '-z', '--raw', '--numstat', '--no-abbrev', '-M', '-r'];

/** What a merge would come to. Nothing is written: its objects go into a folder that is removed. */
@Injectable()
export class MergeTreeReader {
  private readonly memory: AnswerMemory;

  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly revisions: RevisionResolver,
    private readonly answers: IdAnswers,
    private readonly state: RepositoryState,
    private readonly folders: TemporaryFolders,
    cache: ObjectCache,
  ) {
    this.memory = new AnswerMemory(cache);
  }

  /**
   * @throws ServerError `revision_not_found`; `operation_failed` with `details.reason: 'no-merge-base'` for unrelated
   *   histories, unless they are allowed
   */
  async merge(
    repository: Repository,
    names: { readonly ours: string; readonly theirs: string; readonly unrelated: boolean },
    signal: AbortSignal,
  ): Promise<MergePreview> {
    const ends = await this.revisions.resolveAll(repository, [names.ours, names.theirs], signal);
    const [ours = '', theirs = ''] = ends;
    const attributes = indexAttributes(repository);
    const question = this.memory.question<MergePreview>(repository, 'merge-tree', ours, theirs, attributes);
    const known = question.known();
    if (known?.base === null && !names.unrelated) throw unrelated();
    if (known) return known;
    const preview = await this.preview(repository, [ours, theirs], names.unrelated, signal);
    if (indexAttributes(repository) !== attributes) return preview;
    // Attributes choose how contents are merged, and what is text.
    const dependencies = question.inputs.ofPaths(namedPaths(preview));
    return question.keep(preview, dependencies, sizeInMemory(preview));
  }

  private async preview(
    repository: Repository,
    ends: readonly [ours: string, theirs: string],
    allowUnrelated: boolean,
    signal: AbortSignal,
  ): Promise<MergePreview> {
    const [ours, theirs] = ends;
    const found = await this.answers.mergedTree(repository, ours, theirs, signal);
    if (!found) return this.previewByGit(repository, ends, allowUnrelated, signal);
    // No file was changed by both, so theirs change ours as they have changed the base.
    return { ours, theirs, ...found, conflicts: [], messages: [] };
  }

  /** What they have in common is found meanwhile; where that decides, the merge is given up. */
  private async previewByGit(
    repository: Repository,
    ends: readonly [ours: string, theirs: string],
    allowUnrelated: boolean,
    signal: AbortSignal,
  ): Promise<MergePreview> {
    const [ours, theirs] = ends;
    const find = async () => {
      const base = (await this.answers.mergeBase(repository, ours, theirs, signal)) ?? null;
      if (base === null && !allowUnrelated) throw unrelated();
      return base;
    };
    const ask = async (unless: AbortSignal) => this.merged(repository, ends, unless);
    const { asked, found: base } = await beside(ask, find, signal);
    return { ours, theirs, base, ...asked };
  }

  /** What compares the merged tree is started together with what makes it, and waits for its id. */
  private async merged(
    repository: Repository,
    ends: readonly [ours: string, theirs: string],
    signal: AbortSignal,
  ): Promise<Merged> {
    return this.folders.use('objects', async (scratch) => {
      const merged = this.mergedTree(repository, ends, scratch, signal);
      const trees = Promise.all([this.treeOf(repository, ends[0], signal), merged]);
      const files = this.files(
        repository,
        trees.then(([before, { tree }]) => `${before} ${tree}\n`),
        scratch,
        signal,
      );
      // Where both fail, the first failure is the answer. The folder goes when both have ended.
      await Promise.allSettled([merged, files]);
      return { ...(await merged), files: await files };
    });
  }

  private async treeOf(repository: Repository, commit: string, signal: AbortSignal): Promise<string> {
    const here = isPlainRepository(repository) ? treeHere(repository, commit) : undefined;
    const tree = here ?? (await this.state.tree(repository, commit, signal));
    if (tree === null) throw revisionNotFound(commit);
    return tree;
  }

  private async mergedTree(
    repository: Repository,
    revisions: readonly string[],
    scratch: string,
    signal: AbortSignal,
  ): Promise<MergedTree> {
    const options = ['--write-tree', '-z', '--messages', '--allow-unrelated-histories'];
    const command = { name: 'merge-tree', options, revisions };
    const limits = { scratch, maxOutputBytes: MAX_BYTES, rawOutput: true };
    const result = await this.git.run(repository, command, signal, limits);
    // It ends with 1 where there are conflicts.
    if (result.exitCode > 1) throw readFailure(command.name, result);
    if (result.truncated)
      throw refused('too-many-entries', 'The merge has more conflicts than can be listed');
    return parseMergeTree(result.stdout, result.exitCode === 0);
  }

  /** @param trees their ids on one line, once they are known */
  private async files(
    repository: Repository,
    trees: Promise<string>,
    scratch: string,
    signal: AbortSignal,
  ): Promise<readonly DiffFile[]> {
    const command = { name: 'diff-tree', options: FILES };
    const limits = { scratch, maxOutputBytes: MAX_BYTES, input: trees };
    const result = await this.git.run(repository, command, signal, limits);
    if (result.exitCode !== 0) throw readFailure(command.name, result);
    // The two ids stand before the files.
    return parseDiffOutput(result.stdout.slice(result.stdout.indexOf('\n') + 1)).files;
  }
}

function unrelated(): ServerError {
  return refused('no-merge-base', 'The two have no common ancestor; allow that with unrelated');
}

function namedPaths({ conflicts, messages, files }: Merged): readonly string[] {
  return [
    ...conflicts.map(({ path }) => path),
    ...messages.flatMap(({ paths }) => paths),
    ...files.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from])),
  ];
}
