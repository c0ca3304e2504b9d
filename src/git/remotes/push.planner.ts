import { Injectable } from '@nestjs/common';

import { type PushRequest } from '../git-writes.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { requireBranchName } from '../writes/ref-name.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';

/** One ref that is pushed, or deleted at the remote. */
export interface PushedSpec {
  /** The local branch that is followed afterwards. */
  readonly branch?: string;
  /** Full name at the remote. */
  readonly ref: string;
  /** `null` deletes it. */
  readonly id: string | null;
  /** The remote-tracking ref, for branches. */
  readonly tracking?: string;
  /** What was last seen there. */
  readonly seen: string | null;
  /** What is there, where the remote was asked: before a deletion. */
  readonly there?: string;
}

export interface PushPlan {
  readonly specs: readonly PushedSpec[];
  /** As git takes them. */
  readonly refspecs: readonly string[];
  readonly options: readonly string[];
}

/** Decides which refs a push moves, and what it may overwrite. Everything is named by ids and full names. */
@Injectable()
export class PushPlanner {
  constructor(
    private readonly state: RepositoryState,
    private readonly commands: WriteCommands,
  ) {}

  /**
   * @throws ServerError `revision_not_found`; `operation_failed` with `details.reason`: `invalid-name`, `detached`,
   *   `nothing-given`, `not-included`
   */
  async plan(repository: Repository, request: PushRequest, signal: AbortSignal): Promise<PushPlan> {
    requireBranchName(request.remote, 'remote');
    const spec = await this.spec(repository, request, signal);
    const specs = spec ? [spec] : [];
    const forced = request.force === true || request.expected !== undefined || request.ifIncludes === true;
    if (spec && request.ifIncludes === true) await this.requireIncluded(repository, spec, signal);
    return {
      specs,
      refspecs: [
        ...specs.map(({ id, ref }) => `${id ?? ''}:${ref}`),
        ...(request.tags === true ? ['refs/tags/*:refs/tags/*'] : []),
      ],
      options: forced && spec ? [lease(spec, request.expected)] : [],
    };
  }

  /** The full id of a ref or an abbreviated id, as far as the object is here. */
  async full(repository: Repository, name: string | null, signal: AbortSignal): Promise<string | null> {
    return name === null ? null : this.state.object(repository, name, signal);
  }

  private async spec(
    repository: Repository,
    request: PushRequest,
    signal: AbortSignal,
  ): Promise<PushedSpec | undefined> {
    if (request.tag !== undefined) return this.tag(repository, request.tag, request.delete === true, signal);
    if (request.delete === true) return this.deletion(repository, request, signal);
    const branch = request.branch ?? (await this.state.head(repository, signal)).branch;
    if (branch === null) {
      if (request.tags === true) return undefined;
      throw refused('detached', 'HEAD is on no branch; name the branch to push');
    }
    requireBranchName(branch);
    const id = await this.state.commit(repository, `refs/heads/${branch}`, signal);
    return { branch, id, ...(await this.place(repository, request, request.remoteBranch ?? branch, signal)) };
  }

  private async deletion(
    repository: Repository,
    request: PushRequest,
    signal: AbortSignal,
  ): Promise<PushedSpec> {
    // The current branch is nobody's meaning of "delete it there".
    const name = request.remoteBranch ?? request.branch;
    if (name === undefined) throw refused('nothing-given', 'Name the branch or tag to delete at the remote');
    return { id: null, ...(await this.place(repository, request, name, signal)) };
  }

  private async place(
    repository: Repository,
    { remote }: PushRequest,
    name: string,
    signal: AbortSignal,
  ): Promise<Omit<PushedSpec, 'id'> & { tracking: string }> {
    requireBranchName(name);
    const tracking = `refs/remotes/${remote}/${name}`;
    return { ref: `refs/heads/${name}`, tracking, seen: await this.state.sha(repository, tracking, signal) };
  }

  private async tag(
    repository: Repository,
    name: string,
    isDeleted: boolean,
    signal: AbortSignal,
  ): Promise<PushedSpec> {
    requireBranchName(name, 'tag');
    const ref = `refs/tags/${name}`;
    const id = isDeleted ? null : await this.state.anyObject(repository, ref, signal);
    return { ref, id, seen: null };
  }

  // git does this only for a push to a remote's name.
  private async requireIncluded(
    repository: Repository,
    { branch, seen }: PushedSpec,
    signal: AbortSignal,
  ): Promise<void> {
    if (seen === null || branch === undefined) return;
    const revisions = [`refs/heads/${branch}`];
    const entries = { name: 'log', options: ['--walk-reflogs', '--format=%H%x00'], revisions };
    const had = (await this.state.list(repository, entries, signal)).map((id) => id.trim());
    const stdin = [seen, ...had.map((id) => `^${id}`), ''].join('\n');
    const missing = { name: 'rev-list', options: ['--max-count=1', '--stdin'], stdin };
    if ((await this.commands.must(repository, missing, signal)).stdout === '') return;
    const message = 'The branch never had what was last seen at the remote; git_pull first';
    throw refused('not-included', message);
  }
}

/** Force overwrites what was seen; what somebody pushed meanwhile it does not. */
function lease({ ref, seen }: PushedSpec, expected: string | undefined): string {
  const over = expected ?? seen;
  return over === null ? '--force' : `--force-with-lease=${ref}:${over}`;
}
