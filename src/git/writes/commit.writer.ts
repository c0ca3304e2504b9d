import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { type CommitRequest, type HeadState } from '../git-writes.port.js';
import { type StagedChange, StagedChanges } from '../previews/staged-changes.reader.js';
import { EMPTY_TREE } from '../empty-tree.js';
import { type Repository } from '../repository.js';
import { NewSecrets } from '../secrets/new-secrets.service.js';
import { withTrailers } from './commit-message.js';
import { IndexWriter } from './index.writer.js';
import { RepositoryState } from './repository-state.service.js';
import { UNINTERRUPTED } from './uninterrupted.js';
import { WriteCommands } from './write-commands.service.js';

export interface PreparedCommit {
  readonly before: HeadState;
  readonly message: string;
}

/** Commits what is staged, or what a caller has staged for it, as a commit of its own or as part of the last one. */
@Injectable()
export class CommitWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly changes: StagedChanges,
    private readonly secrets: NewSecrets,
    private readonly index: IndexWriter,
  ) {}

  /**
   * What has to be right before a commit, but for something being staged.
   *
   * @throws ServerError `operation_failed` with `details.reason`: `bare`, `empty-message`, `invalid-message`,
   *   `nothing-to-amend`, `operation-in-progress`; `merge_conflict`; `revision_not_found`
   */
  async prepare(
    repository: Repository,
    request: CommitRequest,
    signal: AbortSignal,
  ): Promise<PreparedCommit> {
    this.state.requireWorkTree(repository);
    if (request.amend === true) this.state.requireNoOperation(repository);
    const before = await this.state.head(repository, signal);
    if (request.amend === true && before.head === null)
      throw refused('nothing-to-amend', 'There is no commit yet to amend; commit without amend');
    const message = await this.message(repository, request, signal);
    if (message.trim() === '')
      throw refused('empty-message', 'The commit message is empty; say what changed');
    if (message.includes('\0')) throw refused('invalid-message', 'A commit message holds no NUL');
    const operation = this.state.operation(repository) ?? 'merge';
    await this.state.requireNoConflicts(repository, operation, signal);
    return { before, message };
  }

  async commit(
    repository: Repository,
    request: CommitRequest,
    signal: AbortSignal,
  ): Promise<HeadState & { subject: string; files: number }> {
    const { before, message } = await this.prepare(repository, request, signal);
    if (request.files !== undefined) await this.index.add(repository, request.files, signal);
    await this.committable(repository, request, message, signal);
    await this.make(repository, request, message, signal).catch(async (error: unknown) => {
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
   * @param unstaged how many files are yet to be staged for it
   * @throws ServerError `operation_failed` with `details.reason`: `nothing-staged`, `empty-commit`, `secrets-found`
   */
  async committable(
    repository: Repository,
    { amend = false, allowEmpty = false, allowSecrets }: CommitRequest,
    message: string,
    signal: AbortSignal,
    unstaged = 0,
  ): Promise<readonly StagedChange[]> {
    const staged = await this.changes.list(repository, signal);
    if (staged.length === 0 && unstaged === 0) {
      const mayBeEmpty = amend || allowEmpty || this.state.operation(repository) === 'merge';
      if (!mayBeEmpty) throw nothingStaged();
    } else if (amend && !allowEmpty && unstaged === 0) {
      await this.requireSomeChange(repository, signal);
    }
    await this.secrets.requireNoneIn(repository, { staged, message }, allowSecrets, signal);
    return staged;
  }

  private async message(
    repository: Repository,
    { message, amend, fixup, trailers = [] }: CommitRequest,
    signal: AbortSignal,
  ): Promise<string> {
    if (fixup !== undefined) {
      const commit = await this.state.commit(repository, fixup, signal);
      const body = message === undefined ? '' : `\n\n${message}`;
      return withTrailers(`fixup! ${await this.text(repository, '%s', commit, signal)}${body}`, trailers);
    }
    const kept =
      amend === true && message === undefined ? await this.text(repository, '%B', 'HEAD', signal) : '';
    return withTrailers(message ?? kept, trailers);
  }

  /** What is amended must not come to nothing: git would ask for `--allow-empty`, after a look into nested repositories. */
  private async requireSomeChange(repository: Repository, signal: AbortSignal): Promise<void> {
    const [tree, before, second] = await Promise.all([
      this.state.indexTree(repository, signal),
      this.state.tree(repository, 'HEAD^', signal),
      this.state.sha(repository, 'HEAD^2', signal),
    ]);
    if (second !== null || tree !== (before ?? EMPTY_TREE[repository.objectFormat])) return;
    const message = 'With what is staged the commit would change nothing; give allow_empty, or undo it';
    throw refused('empty-commit', message);
  }

  private async make(
    repository: Repository,
    { amend = false, allowEmpty = false, author }: CommitRequest,
    message: string,
    signal: AbortSignal,
  ): Promise<void> {
    const options = [
      '--quiet',
      '--cleanup=whitespace',
      '--file=-',
      ...(amend ? ['--amend'] : []),
      ...(amend || allowEmpty ? ['--allow-empty'] : []),
      ...(author === undefined ? [] : [`--author=${author}`]),
    ];
    const result = await this.commands.run(repository, { name: 'commit', options, stdin: message }, signal);
    if (result.exitCode !== 0) throw this.commands.failure(repository, 'commit', result);
  }

  private async text(
    repository: Repository,
    format: string,
    commit: string,
    signal: AbortSignal,
  ): Promise<string> {
    const options = ['--max-count=1', '--no-patch', '-z', `--format=${format}`];
    const [text = ''] = await this.state.list(
      repository,
      { name: 'log', options, revisions: [commit] },
      signal,
    );
    return text;
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
