import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli, type GitCommand, type GitRunOptions } from '../git-cli.port.js';
import { type ConflictingOperation, type HeadState, type SequencerOperation } from '../git-writes.port.js';
import { named, refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { readStashMark, type StoppedStash } from './stash-mark.js';
import { unfinishedOperation } from './unfinished-operation.js';

/** A listing must be whole to be of use: 60,000 paths of the usual length are a twentieth of this. */
const MAX_LISTING_BYTES = 64 * 2 ** 20;

/** What the writers have to know of a repository before and after they change it. */
@Injectable()
export class RepositoryState {
  constructor(@Inject(GIT_CLI) private readonly git: GitCli) {}

  async head(repository: Repository, signal: AbortSignal): Promise<HeadState> {
    const [branch, head] = await Promise.all([
      this.answer(
        repository,
        { name: 'symbolic-ref', options: ['--quiet', '--short'], revisions: ['HEAD'] },
        signal,
      ),
      this.sha(repository, 'HEAD', signal),
    ]);
    return { branch, head };
  }

  /** @returns the id of the commit, `null` where the revision names none */
  sha(repository: Repository, revision: string, signal: AbortSignal): Promise<string | null> {
    return this.id(repository, `${revision}^{commit}`, signal);
  }

  /** @returns the id of the object of any type, of a tag that of the tag itself; `null` where the revision names none */
  object(repository: Repository, revision: string, signal: AbortSignal): Promise<string | null> {
    return this.id(repository, `${revision}^{object}`, signal);
  }

  /** @returns the id of the tree, `null` where the revision has none */
  tree(repository: Repository, revision: string, signal: AbortSignal): Promise<string | null> {
    return this.id(repository, `${revision}^{tree}`, signal);
  }

  /** The tree that a commit of the index would have. @throws ServerError where paths are in conflict */
  async indexTree(
    repository: Repository,
    signal: AbortSignal,
    trial?: Pick<GitRunOptions, 'indexCopy' | 'scratch'>,
  ): Promise<string> {
    const name = trial === undefined ? 'write-tree' : 'write-tree ours';
    const result = await this.git.run(repository, { name }, signal, trial);
    if (result.exitCode !== 0) throw gitFailure('write-tree', result);
    return result.stdout.trim();
  }

  /** Whether the one commit is the other, or reached from it. */
  async isAncestor(
    repository: Repository,
    one: string,
    other: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const command = { name: 'merge-base', options: ['--is-ancestor'], revisions: [one, other] };
    const result = await this.git.run(repository, command, signal);
    if (result.exitCode > 1) throw gitFailure('merge-base', result);
    return result.exitCode === 0;
  }

  /** @throws ServerError `revision_not_found` */
  async commit(repository: Repository, revision: string, signal: AbortSignal): Promise<string> {
    const sha = await this.sha(repository, revision, signal);
    if (sha !== null) return sha;
    throw new ServerError(
      'revision_not_found',
      'The revision names no commit; list branches with git_branch',
      {
        details: { revision },
      },
    );
  }

  /** @throws ServerError `revision_not_found` */
  async anyObject(repository: Repository, revision: string, signal: AbortSignal): Promise<string> {
    const id = await this.object(repository, revision, signal);
    if (id !== null) return id;
    throw new ServerError(
      'revision_not_found',
      'The revision names no object; list branches with git_branch',
      {
        details: { revision },
      },
    );
  }

  async refExists(repository: Repository, ref: string, signal: AbortSignal): Promise<boolean> {
    const options = ['--verify', '--quiet'];
    return (await this.answer(repository, { name: 'show-ref', options, revisions: [ref] }, signal)) !== null;
  }

  /** @throws ServerError `operation_failed` with `details: {reason: 'checked-out', worktree}` where a work tree has the branch */
  async requireNotCheckedOut(repository: Repository, ref: string, signal: AbortSignal): Promise<void> {
    const [path] = await this.workTreesWith(repository, [ref], signal);
    if (path !== undefined) throw checkedOut('a', path);
  }

  /** @throws ServerError as `requireNotCheckedOut`, but for this work tree and those at `except` */
  async requireNotElsewhere(
    repository: Repository,
    refs: readonly string[],
    except: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const branches = refs.filter((ref) => ref.startsWith('refs/heads/'));
    if (branches.length === 0) return;
    const paths = await this.workTreesWith(repository, branches, signal);
    const other = paths.find((path) => path !== repository.path && !except.includes(path));
    if (other !== undefined) throw checkedOut('another', other);
  }

  private async workTreesWith(
    repository: Repository,
    revisions: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const command = { name: 'for-each-ref', options: ['--format=%(worktreepath)%00'], revisions };
    const paths = (await this.list(repository, command, signal)).map((path) => path.replace(/^\n/, ''));
    // A bare repository has its HEAD on a branch, and nothing of it checked out.
    return paths.filter((path) => path !== '' && path !== repository.commonDir);
  }

  /** Paths with an unresolved conflict. */
  async conflicts(repository: Repository, signal: AbortSignal): Promise<readonly string[]> {
    const listing = await this.list(repository, { name: 'ls-files', options: ['--unmerged', '-z'] }, signal);
    // `<mode> <object> <stage>\t<path>`, once per stage.
    return [...new Set(listing.map((line) => line.slice(line.indexOf('\t') + 1)))];
  }

  /** Paths whose entry in the index differs from HEAD. */
  staged(repository: Repository, signal: AbortSignal): Promise<readonly string[]> {
    const options = ['--cached', '--name-only', '-z', '--no-renames'];
    return this.list(repository, { name: 'diff', options }, signal);
  }

  /** The operation that waits for a continue or an abort. */
  operation(repository: Repository): SequencerOperation | null {
    return unfinishedOperation(repository);
  }

  /** The stash entry that was applied, stopped at conflicts and waits for a continue or an abort. */
  async stoppedStash(repository: Repository, signal: AbortSignal): Promise<StoppedStash | undefined> {
    const stash = readStashMark(repository);
    if (stash === undefined || this.operation(repository) !== null) return undefined;
    return (await this.sha(repository, 'HEAD', signal)) === stash.head ? stash : undefined;
  }

  /** @throws ServerError `operation_failed` with `details: {reason: 'operation-in-progress', operation}` */
  requireNoOperation(repository: Repository): void {
    const operation = this.operation(repository);
    if (operation === null) return;
    const message = `A ${operation} is in progress; end it with git_continue or git_abort first`;
    throw refused('operation-in-progress', message, { operation });
  }

  /** @throws ServerError `operation_failed` with `details.reason: 'bare'` */
  requireWorkTree({ bare }: Repository): void {
    if (!bare) return;
    const message = 'The repository is bare: it has no work tree for this operation';
    throw refused('bare', message);
  }

  /** @throws ServerError `merge_conflict` with `details: {operation, paths}`, where there are conflicts */
  async requireNoConflicts(
    repository: Repository,
    operation: ConflictingOperation,
    signal: AbortSignal,
  ): Promise<void> {
    const paths = await this.conflicts(repository, signal);
    if (paths.length === 0) return;
    const message = `The ${operation} stopped at conflicts: git_conflicts shows them, git_resolve or git_add settles each; then git_continue or git_abort`;
    throw new ServerError('merge_conflict', message, { details: { operation, ...named(paths) } });
  }

  /** Records of a command's output that end with NUL. */
  async list(
    repository: Repository,
    command: GitCommand,
    signal: AbortSignal,
    more: Pick<GitRunOptions, 'rawOutput' | 'indexCopy' | 'scratch'> = {},
  ): Promise<readonly string[]> {
    const options = { ...more, maxOutputBytes: MAX_LISTING_BYTES };
    return (await this.whole(repository, command, signal, options)).split('\0').slice(0, -1);
  }

  /** Lines of a command's output, of one that knows no NUL. */
  async lines(repository: Repository, command: GitCommand, signal: AbortSignal): Promise<readonly string[]> {
    const options = { maxOutputBytes: MAX_LISTING_BYTES };
    return (await this.whole(repository, command, signal, options)).split('\n').filter(Boolean);
  }

  private async whole(
    repository: Repository,
    command: GitCommand,
    signal: AbortSignal,
    options: GitRunOptions,
  ): Promise<string> {
    const result = await this.git.run(repository, command, signal, options);
    if (result.exitCode !== 0) throw gitFailure(command.name, result);
    if (!result.truncated) return result.stdout;
    const message = 'The repository has more entries than this operation can take in';
    throw refused('too-many-entries', message);
  }

  private async id(repository: Repository, revision: string, signal: AbortSignal): Promise<string | null> {
    const command = { name: 'rev-parse', options: ['--verify', '--quiet'], revisions: [revision] };
    const result = await this.git.run(repository, command, signal);
    const found = result.stdout.trimEnd();
    // `^main` names what is left out, and is answered as such.
    if (result.exitCode === 0) return found.startsWith('^') ? null : found;
    // For `main@{upstream}` without one git ends as it does for a damaged repository.
    if (result.exitCode === 1 || (await this.isReadable(repository, signal))) return null;
    throw gitFailure(command.name, result);
  }

  private async isReadable(repository: Repository, signal: AbortSignal): Promise<boolean> {
    const command = { name: 'rev-parse', options: ['--is-bare-repository'] };
    return (await this.git.run(repository, command, signal)).exitCode === 0;
  }

  private async answer(
    repository: Repository,
    command: GitCommand,
    signal: AbortSignal,
  ): Promise<string | null> {
    const result = await this.git.run(repository, command, signal);
    if (result.exitCode === 0) return result.stdout.trimEnd();
    if (result.exitCode === 1) return null;
    throw gitFailure(command.name, result);
  }
}

function checkedOut(which: 'a' | 'another', worktree: string): ServerError {
  const message = `The branch is checked out in ${which} work tree, which details name; check another one out there first`;
  return refused('checked-out', message, { worktree });
}
