import { Injectable } from '@nestjs/common';

import { isUnexplained } from '../cli/git-failure.js';
import { type HeadState } from '../git-writes.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { LostChanges } from './lost-changes.service.js';
import { isBranchName, requireBranchName } from './ref-name.js';
import { RepositoryState } from './repository-state.service.js';
import { UNINTERRUPTED } from './uninterrupted.js';
import { WriteCommands } from './write-commands.service.js';

export interface Destination {
  /** Names the commit to go to. */
  readonly target: string;
  /** What HEAD would hold: a branch, or the id of a commit. */
  readonly head: string;
  readonly options: readonly string[];
  readonly names: readonly string[];
}

/** Makes branches and moves between them. */
@Injectable()
export class BranchWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly lost: LostChanges,
  ) {}

  /** The branch that `create` would make. @throws ServerError as `create` */
  async creatable(
    repository: Repository,
    name: string,
    base: string | undefined,
    signal: AbortSignal,
  ): Promise<{ name: string; sha: string }> {
    requireBranchName(name);
    const sha = await this.state.commit(repository, base ?? 'HEAD', signal);
    if (await this.state.refExists(repository, `refs/heads/${name}`, signal)) {
      throw refused('branch-exists', 'A branch of that name exists already; choose another name');
    }
    return { name, sha };
  }

  async create(
    repository: Repository,
    name: string,
    base: string | undefined,
    signal: AbortSignal,
  ): Promise<{ name: string; sha: string }> {
    const made = await this.creatable(repository, name, base, signal);
    const command = { name: 'branch', options: ['--no-track', '--quiet'], revisions: [name, made.sha] };
    await this.commands.must(repository, command, signal);
    return made;
  }

  /**
   * A local branch; else the one remote branch of that name, which gets a local one that follows it; else anything
   * that names a commit, with HEAD detached.
   */
  async checkout(repository: Repository, wanted: string, signal: AbortSignal): Promise<HeadState> {
    const { target, options, names } = await this.destination(repository, wanted, signal);
    const command = { name: 'switch', options: ['--quiet', '--no-guess', ...options], revisions: names };
    const result = await this.commands.run(repository, command, signal);
    if (result.exitCode !== 0) {
      const failure = this.commands.failure(repository, 'checkout', result);
      if (isUnexplained(failure)) await this.lost.explain(repository, target, signal);
      throw failure;
    }
    return this.state.head(repository, UNINTERRUPTED);
  }

  /** Where `checkout` would go. @throws ServerError as `checkout`, but for local changes in the way */
  async destination(repository: Repository, wanted: string, signal: AbortSignal): Promise<Destination> {
    this.state.requireWorkTree(repository);
    this.state.requireNoOperation(repository);
    if (isBranchName(wanted)) {
      if (await this.state.refExists(repository, `refs/heads/${wanted}`, signal)) {
        const target = `refs/heads/${wanted}`;
        return { target, head: target, options: [], names: [wanted] };
      }
      const remote = await this.remoteBranch(repository, wanted, signal);
      if (remote !== undefined) {
        const head = `refs/heads/${wanted}`;
        return { target: remote, head, options: ['--track', `--create=${wanted}`], names: [remote] };
      }
    }
    const sha = await this.state.commit(repository, wanted, signal);
    return { target: sha, head: sha, options: ['--detach'], names: [sha] };
  }

  private async remoteBranch(
    repository: Repository,
    name: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if ((await this.state.sha(repository, name, signal)) !== null) return undefined;
    const command = {
      name: 'for-each-ref',
      options: ['--format=%(refname)%00'],
      revisions: [`refs/remotes/*/${name}`],
    };
    const found = (await this.state.list(repository, command, signal)).map((ref) => ref.trim());
    if (found.length < 2) return found[0];
    throw refused('ambiguous-branch', 'Several remotes have that branch; name one of them in full', {
      refs: found,
    });
  }
}
