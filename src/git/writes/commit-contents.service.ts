import { isDeepStrictEqual } from 'node:util';

import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { EMPTY_TREE } from '../empty-tree.js';
import { type CommitRequest } from '../git-writes.port.js';
import { below, statOf } from '../operations/file-moves.js';
import { type StagedChange, StagedChanges } from '../previews/staged-changes.reader.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { NewSecrets } from '../secrets/new-secrets.service.js';
import { type AddablePaths, AddablePathFinder, fromBytes } from './addable-paths.service.js';
import { filtersOf } from './filter-attributes.js';
import { RepositoryState } from './repository-state.service.js';
import { type Trial, TrialIndex } from './trial-index.service.js';

export interface CommitContent {
  /** All that the commit would change. */
  readonly staged: readonly StagedChange[];
  /** What is to be staged for it, where files are. */
  readonly paths?: AddablePaths;
  /** Further files of a dry run: which object a filter makes of them is not known until it runs. */
  readonly converted?: readonly ConvertedFile[];
}

export interface ConvertedFile {
  readonly path: string;
  /** What would be converted: another text once the file is another one. */
  readonly to: string;
}

type Content = Pick<CommitRequest, 'amend' | 'allowEmpty' | 'allowSecrets'> & { readonly message: string };

/** What a commit would have in it, and whether it may. */
@Injectable()
export class CommitContents {
  constructor(
    private readonly state: RepositoryState,
    private readonly changes: StagedChanges,
    private readonly secrets: NewSecrets,
    private readonly addable: AddablePathFinder,
    private readonly trials: TrialIndex,
  ) {}

  /**
   * Files are staged on trial: what is refused leaves nothing staged that was not.
   *
   * @throws ServerError as `staged`, and as `AddablePathFinder`
   */
  async find(
    repository: Repository,
    content: Content,
    files: readonly string[] | undefined,
    signal: AbortSignal,
  ): Promise<CommitContent> {
    if (files === undefined) return { staged: await this.staged(repository, content, signal) };
    const paths = await this.addable.find(repository, files, signal);
    await this.addable.refuseIgnored(repository, paths, signal, 'are-not-staged');
    const staged = await this.trials.stage(repository, paths, signal, (trial) =>
      this.staged(repository, content, signal, trial),
    );
    return { staged, paths };
  }

  /** As `find`, and nothing that the repository names runs for it, wherever it lies. */
  async foretell(
    repository: Repository,
    content: Content,
    asked: readonly string[] | undefined,
    signal: AbortSignal,
  ): Promise<CommitContent> {
    if (asked === undefined || repository.trust !== 'trusted')
      return this.find(repository, content, asked, signal);
    const inert = { ...repository, trust: 'untrusted' } as const;
    const paths = await this.addable.find(inert, asked, signal);
    await this.addable.refuseIgnored(inert, paths, signal, 'are-not-staged');
    const converted = await this.converted(inert, paths, signal);
    const plain = { ...paths, changed: paths.changed.filter((path) => !converted.has(path)) };
    const tried = { ...content, ...(converted.size > 0 && { allowEmpty: true }) };
    const staged = await this.trials.stage(inert, plain, signal, (trial) =>
      this.staged(inert, tried, signal, trial),
    );
    const files = new Map(
      [...converted].map(([path, to]) => [fromBytes(path), { path: fromBytes(path), to }]),
    );
    return { staged: staged.filter(({ path }) => !files.has(path)), paths, converted: [...files.values()] };
  }

  /** Those that are there and have a filter by their attributes, one character for each byte, and what it would convert. */
  private async converted(
    repository: Repository,
    { changed }: AddablePaths,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>> {
    const filters = await filtersOf(this.state, repository, changed, signal);
    return new Map(
      [...filters.keys()].flatMap((path) => {
        const stats = statOf(below(repository.path, path));
        if (stats?.isFile() !== true) return [];
        return [[path, `filtered from ${stats.size} bytes of ${stats.mtime.toISOString()}`] as const];
      }),
    );
  }

  /** Call when what was found is staged: another program may have written to a file since. @throws ServerError as `staged` */
  async requireSame(
    repository: Repository,
    content: Content,
    found: readonly StagedChange[],
    signal: AbortSignal,
  ): Promise<void> {
    if (isDeepStrictEqual(await this.changes.list(repository, signal), found)) return;
    await this.staged(repository, content, signal);
  }

  /**
   * Asked before git is: to say that there is nothing, git commit runs `git status` inside each nested repository, and with
   * it the filters that its own configuration names. The end of a merge may change nothing and is a commit.
   *
   * @throws ServerError `operation_failed` with `details.reason`: `nothing-staged`, `empty-commit`, `secrets-found`
   */
  private async staged(
    repository: Repository,
    { amend = false, allowEmpty = false, allowSecrets, message }: Content,
    signal: AbortSignal,
    trial?: Trial,
  ): Promise<readonly StagedChange[]> {
    const staged = await this.changes.list(repository, signal, [], trial);
    if (staged.length === 0) {
      const mayBeEmpty = amend || allowEmpty || this.state.operation(repository) === 'merge';
      if (!mayBeEmpty) throw nothingStaged();
    } else if (amend && !allowEmpty) {
      await this.requireSomeChange(repository, signal, trial);
    }
    const commit = { staged, message, ...(trial && { trial }) };
    await this.secrets.requireNoneIn(repository, commit, allowSecrets, signal);
    return staged;
  }

  /** What is amended must not come to nothing: git would ask for `--allow-empty`, after a look into nested repositories. */
  private async requireSomeChange(repository: Repository, signal: AbortSignal, trial?: Trial): Promise<void> {
    const [tree, before, second] = await Promise.all([
      this.state.indexTree(repository, signal, trial),
      this.state.tree(repository, 'HEAD^', signal),
      this.state.sha(repository, 'HEAD^2', signal),
    ]);
    if (second !== null || tree !== (before ?? EMPTY_TREE[repository.objectFormat])) return;
    const message = 'With what is staged the commit would change nothing; give allow_empty, or undo it';
    throw refused('empty-commit', message);
  }
}

function nothingStaged(): ServerError {
  return refused('nothing-staged', 'Nothing is staged; stage changes with git_add first');
}
