import { Injectable } from '@nestjs/common';

import { type CommitRequest, type HeadState } from '../git-writes.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { type CommitContent, CommitContents } from './commit-contents.service.js';
import { withTrailers } from './commit-message.js';
import { IndexBackup } from './index-backup.service.js';
import { IndexWriter } from './index.writer.js';
import { RepositoryState } from './repository-state.service.js';
import { UNINTERRUPTED } from './uninterrupted.js';
import { WriteCommands } from './write-commands.service.js';

/** Commits of others, while one of ours is made. */
const MOST_MEANWHILE = 100;

export interface PlannedCommit extends CommitContent {
  readonly before: HeadState;
  readonly message: string;
}

/** Commits what is staged, or what a caller has staged for it, as a commit of its own or as part of the last one. */
@Injectable()
export class CommitWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly contents: CommitContents,
    private readonly index: IndexWriter,
    private readonly backup: IndexBackup,
  ) {}

  /**
   * What has to be right before a commit, and what it would have in it. Nothing that the repository names runs for that.
   *
   * @throws ServerError `operation_failed` with `details.reason`: `bare`, `empty-message`, `invalid-message`,
   *   `nothing-to-amend`, `operation-in-progress`; `merge_conflict`; `revision_not_found`; and as `CommitContents.find`
   */
  plan(repository: Repository, request: CommitRequest, signal: AbortSignal): Promise<PlannedCommit> {
    return this.planned(repository, request, 'foretell', signal);
  }

  private async planned(
    repository: Repository,
    request: CommitRequest,
    how: 'find' | 'foretell',
    signal: AbortSignal,
  ): Promise<PlannedCommit> {
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
    const content = { ...request, message };
    const found = await this.contents[how](repository, content, request.files, signal);
    return { before, message, ...found };
  }

  async commit(
    repository: Repository,
    request: CommitRequest,
    signal: AbortSignal,
  ): Promise<HeadState & { subject: string; files: number }> {
    const { before, message, staged, paths } = await this.planned(repository, request, 'find', signal);
    const make = () =>
      this.make(repository, request, message, signal).catch(async (error: unknown) => {
        if (!(await this.isMade(repository, before, message))) throw error;
      });
    if (paths === undefined) await make();
    else
      await this.backup.during(repository, staged, async () => {
        await this.index.stage(repository, paths, signal);
        await this.contents.requireSame(repository, { ...request, message }, staged, signal);
        await make();
      });
    const [head, summary] = await Promise.all([
      this.state.head(repository, UNINTERRUPTED),
      this.summary(repository),
    ]);
    return { ...head, ...summary };
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

  /**
   * git may be ended after its commit was made, which HEAD tells. That HEAD has moved tells nothing by itself: another
   * program may have committed, whose lock was in the way.
   */
  private async isMade(repository: Repository, before: HeadState, message: string): Promise<boolean> {
    const { head } = await this.state.head(repository, UNINTERRUPTED);
    if (head === null || head === before.head) return false;
    const revisions = [before.head === null ? head : `${before.head}..${head}`];
    const options = [`--max-count=${MOST_MEANWHILE}`, '-z', '--format=%B'];
    const made = await this.state.list(repository, { name: 'log', options, revisions }, UNINTERRUPTED);
    return made.some((text) => tidied(text) === tidied(message));
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

/** As `--cleanup=whitespace` leaves it. */
function tidied(message: string): string {
  const lines = message.split('\n').map((line) => line.trimEnd());
  return lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
