import { Inject, Injectable } from '@nestjs/common';

import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { type DiffFile } from '../git-reads.port.js';
import { parseDiffOutput } from '../reads/diff-output.parser.js';
import { IdAnswers } from '../reads/id-answers.service.js';
import { RevisionResolver } from '../reads/revision.resolver.js';
import { type Repository } from '../repository.js';
import { TemporaryFolders } from '../temporary-folders.js';
import { refused } from '../work-tree/path-lists.js';
import { type MergeConflict, type MergeMessage, parseMergeTree } from './merge-tree-output.parser.js';
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

const MAX_BYTES = 16 * 2 ** 20;
const FILES = ['-z', '--raw', '--numstat', '--no-abbrev', '-M', '-r'];

/** What a merge would come to. Nothing is written: its objects go into a folder that is removed. */
@Injectable()
export class MergeTreeReader {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly revisions: RevisionResolver,
    private readonly answers: IdAnswers,
    private readonly folders: TemporaryFolders,
  ) {}

  /**
   * @throws ServerError `revision_not_found`; `operation_failed` with `details.reason: 'no-merge-base'` for unrelated
   *   histories, unless they are allowed
   */
  async merge(
    repository: Repository,
    names: { readonly ours: string; readonly theirs: string; readonly unrelated: boolean },
    signal: AbortSignal,
  ): Promise<MergePreview> {
    const [ours = '', theirs = ''] = await this.revisions.resolveAll(
      repository,
      [names.ours, names.theirs],
      signal,
    );
    const base = (await this.answers.mergeBase(repository, ours, theirs, signal)) ?? null;
    if (base === null && !names.unrelated) {
      throw refused('no-merge-base', 'The two have no common ancestor; allow that with unrelated');
    }
    return this.folders.use('objects', async (scratch) => {
      const merged = await this.mergedTree(repository, [ours, theirs], scratch, signal);
      const files = await this.files(repository, [ours, merged.tree], scratch, signal);
      return { ours, theirs, base, ...merged, files };
    });
  }

  private async mergedTree(
    repository: Repository,
    revisions: readonly string[],
    scratch: string,
    signal: AbortSignal,
  ) {
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

  private async files(
    repository: Repository,
    revisions: readonly string[],
    scratch: string,
    signal: AbortSignal,
  ): Promise<readonly DiffFile[]> {
    const command = { name: 'diff-tree', options: FILES, revisions };
    const limits = { scratch, maxOutputBytes: MAX_BYTES };
    const result = await this.git.run(repository, command, signal, limits);
    if (result.exitCode !== 0) throw readFailure(command.name, result);
    return parseDiffOutput(result.stdout).files;
  }
}
