import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { type CommitRequest, type HeadState } from '../git-writes.port.js';
import { type StagedChange, StagedChanges } from '../previews/staged-changes.reader.js';
import { type Repository } from '../repository.js';
import { NewSecrets } from '../secrets/new-secrets.service.js';
import { AddablePathFinder } from './addable-paths.service.js';
import { RepositoryState } from './repository-state.service.js';
import { removeStashMark } from './stash-mark.js';
import { isCovered } from './work-tree-paths.js';
import { UNINTERRUPTED } from './uninterrupted.js';
import { WriteCommands } from './write-commands.service.js';

const STAGE = ['--add', '--remove', '--replace', '-z', '--stdin'];

/** What is staged, and the commits made of it. */
@Injectable()
export class IndexWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly addable: AddablePathFinder,
    private readonly changes: StagedChanges,
    private readonly secrets: NewSecrets,
  ) {}

  /**
   * Does what `git add --all` does, in its two steps: git add itself would run `git status` inside each nested
   * repository, and with it the filters that its own configuration names.
   *
   * @returns the staged paths that the files cover
   */
  async add(
    repository: Repository,
    files: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const paths = await this.addable.find(repository, files, signal);
    // A name need not be UTF-8, and goes back to git as it came.
    const stdin = Buffer.from(paths.changed.join('\0'), 'latin1');
    const staging = { name: 'update-index', options: STAGE, stdin };
    if (stdin.length > 0) await this.commands.must(repository, staging, signal);
    await this.addable.refuseIgnored(repository, paths, signal);
    return (await this.state.staged(repository, signal)).filter((path) => isCovered(path, paths.asked));
  }

  /** @returns the paths that were staged; a merge in progress is forgotten, as `git reset` does */
  async reset(repository: Repository, signal: AbortSignal): Promise<readonly string[]> {
    this.state.requireWorkTree(repository);
    const staged = await this.state.staged(repository, signal);
    await this.commands.must(repository, { name: 'reset', options: ['--quiet', '--mixed'] }, signal);
    removeStashMark(repository);
    return staged;
  }

  /**
   * What has to be right before a commit, but for something being staged.
   *
   * @returns where HEAD is
   */
  async requireCommittable(
    repository: Repository,
    { message }: CommitRequest,
    signal: AbortSignal,
  ): Promise<HeadState> {
    this.state.requireWorkTree(repository);
    if (message.trim() === '')
      throw refused('empty-message', 'The commit message is empty; say what changed');
    if (message.includes('\0')) throw refused('invalid-message', 'A commit message holds no NUL');
    const [head] = await Promise.all([
      this.state.head(repository, signal),
      this.state.requireNoConflicts(repository, this.state.operation(repository) ?? 'merge', signal),
    ]);
    return head;
  }

  async commit(
    repository: Repository,
    request: CommitRequest,
    signal: AbortSignal,
  ): Promise<HeadState & { subject: string; files: number }> {
    const before = await this.requireCommittable(repository, request, signal);
    await this.committable(repository, request, signal);
    await this.make(repository, request.message, signal).catch(async (error: unknown) => {
      // git may be ended after its commit was made: HEAD says which.
      if ((await this.state.head(repository, UNINTERRUPTED)).head === before.head) throw error;
    });
    const [head, summary] = await Promise.all([
      this.state.head(repository, UNINTERRUPTED),
      this.summary(repository),
    ]);
    return { ...head, ...summary };
  }

  /**
   * What is to be committed. Asked before git is: to say that there is nothing, git commit runs `git status` inside each
   * nested repository, and with it the filters that its own configuration names. The end of a merge may change nothing
   * and is a commit.
   *
   * @throws ServerError `operation_failed` with `details.reason`: `nothing-staged`, `secrets-found`
   */
  async committable(
    repository: Repository,
    { message, allowSecrets }: CommitRequest,
    signal: AbortSignal,
  ): Promise<readonly StagedChange[]> {
    const staged = await this.changes.list(repository, signal);
    if (staged.length === 0 && this.state.operation(repository) !== 'merge') throw nothingStaged();
    await this.secrets.requireNoneStaged(repository, staged, message, allowSecrets, signal);
    return staged;
  }

  private async make(repository: Repository, message: string, signal: AbortSignal): Promise<void> {
    const options = ['--quiet', '--cleanup=whitespace', '--file=-'];
    const result = await this.commands.run(repository, { name: 'commit', options, stdin: message }, signal);
    if (result.exitCode !== 0) throw this.commands.failure(repository, 'commit', result);
  }

  private async summary(repository: Repository): Promise<{ subject: string; files: number }> {
    const options = [
      '--max-count=1',
      '-z',
      '--name-only',
      '--no-renames',
      '--diff-merges=first-parent',
      '--format=%s',
    ];
    const [subject = '', ...names] = await this.state.list(
      repository,
      { name: 'log', options },
      UNINTERRUPTED,
    );
    return { subject, files: names.filter(Boolean).length };
  }
}

function nothingStaged(): ServerError {
  return refused('nothing-staged', 'Nothing is staged; stage changes with git_add first');
}

function refused(reason: string, message: string): ServerError {
  return new ServerError('operation_failed', message, { details: { reason } });
}
