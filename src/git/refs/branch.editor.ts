import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { type GitCommand, type GitResult } from '../git-cli.port.js';
import { type Effect, planned, type PlannedChange } from '../planned-change.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { requireBranchName } from '../writes/ref-name.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';

const HEADS = 'refs/heads/';
const REMOTES = 'refs/remotes/';

export type BranchEdit =
  | { readonly action: 'create'; readonly name: string; readonly base?: string; readonly force?: boolean }
  | { readonly action: 'rename'; readonly name?: string; readonly newName: string }
  | {
      readonly action: 'delete';
      readonly name: string;
      /** Delete it even where commits are on no other branch or tag. */
      readonly force?: boolean;
      /** A remote-tracking branch, such as `origin/main`; the remote is not contacted. */
      readonly remote?: boolean;
    }
  | { readonly action: 'set-upstream'; readonly name?: string; readonly upstream: string }
  | { readonly action: 'unset-upstream'; readonly name?: string };

export interface BranchChange extends PlannedChange {
  /** Commits that would be on no branch and no tag any more. */
  readonly lostCommits: number;
}

interface Step {
  readonly effects: readonly Effect[];
  readonly command: Omit<GitCommand, 'name'>;
  readonly lostCommits?: number;
}

/** Changes branches without checking any of them out. */
@Injectable()
export class BranchEditor {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
  ) {}

  /**
   * What an edit would do.
   *
   * @throws ServerError `revision_not_found`; `operation_failed` with `details.reason`: `invalid-name`,
   *   `branch-exists`, `checked-out` (by some work tree), `not-merged` with `details.commits`
   */
  async plan(repository: Repository, edit: BranchEdit, signal: AbortSignal): Promise<BranchChange> {
    const { effects, command, lostCommits = 0 } = await this.step(repository, edit, signal);
    const change = planned(effects, async (aborted) => {
      const result = await this.commands.run(repository, { name: 'branch', ...command }, aborted);
      if (result.exitCode === 0 || changesNothing(edit, result)) return;
      throw this.commands.failure(repository, 'branch', result);
    });
    return { ...change, lostCommits };
  }

  private async step(repository: Repository, edit: BranchEdit, signal: AbortSignal): Promise<Step> {
    switch (edit.action) {
      case 'create':
        return this.planCreate(repository, edit, signal);
      case 'rename':
        return this.planRename(repository, edit, signal);
      case 'delete':
        return this.planDelete(repository, edit, signal);
      case 'set-upstream':
        return this.planUpstream(repository, edit, signal);
      case 'unset-upstream': {
        const { name } = await this.local(repository, edit.name, signal);
        const effect = { action: edit.action, subject: name, from: null, to: null };
        return { effects: [effect], command: { options: ['--unset-upstream'], revisions: [name] } };
      }
    }
  }

  private async planCreate(
    repository: Repository,
    { name, base = 'HEAD', force = false }: Extract<BranchEdit, { action: 'create' }>,
    signal: AbortSignal,
  ): Promise<Step> {
    requireBranchName(name);
    const ref = `${HEADS}${name}`;
    const [to, from] = await Promise.all([
      this.state.commit(repository, base, signal),
      this.state.sha(repository, ref, signal),
    ]);
    if (from !== null && !force) throw exists();
    if (from !== null) await this.state.requireNotCheckedOut(repository, ref, signal);
    const effect = { action: from === null ? 'create' : 'move', subject: ref, from, to };
    const options = ['--no-track', '--quiet', ...(from === null ? [] : ['--force'])];
    return { effects: [effect], command: { options, revisions: [name, to] } };
  }

  private async planRename(
    repository: Repository,
    edit: Extract<BranchEdit, { action: 'rename' }>,
    signal: AbortSignal,
  ): Promise<Step> {
    requireBranchName(edit.newName);
    const { name, sha } = await this.local(repository, edit.name, signal);
    const to = `${HEADS}${edit.newName}`;
    if (await this.state.refExists(repository, to, signal)) throw exists();
    const effects = [
      { action: 'delete', subject: `${HEADS}${name}`, from: sha, to: null },
      { action: 'create', subject: to, from: null, to: sha },
    ];
    return { effects, command: { options: ['--move'], revisions: [name, edit.newName] } };
  }

  private async planDelete(
    repository: Repository,
    { name, force = false, remote = false }: Extract<BranchEdit, { action: 'delete' }>,
    signal: AbortSignal,
  ): Promise<Step> {
    const ref = `${remote ? REMOTES : HEADS}${name}`;
    const from = await this.existing(repository, ref, signal);
    await this.state.requireNotCheckedOut(repository, ref, signal);
    const lost = remote ? 0 : await this.onlyOn(repository, name, signal);
    if (lost > 0 && !force) {
      const message =
        'The branch has commits that no other branch or tag has; merge it, or delete it with force';
      throw refused('not-merged', message, { commits: lost });
    }
    const options = ['--quiet', '--delete', '--force', ...(remote ? ['--remotes'] : [])];
    const effect = { action: 'delete', subject: ref, from, to: null };
    return { effects: [effect], command: { options, revisions: [name] }, lostCommits: lost };
  }

  private async planUpstream(
    repository: Repository,
    { action, name: given, upstream }: Extract<BranchEdit, { action: 'set-upstream' }>,
    signal: AbortSignal,
  ): Promise<Step> {
    const { name } = await this.local(repository, given, signal);
    requireBranchName(upstream);
    const refs = [`${REMOTES}${upstream}`, `${HEADS}${upstream}`];
    const found = await Promise.all(refs.map((ref) => this.state.refExists(repository, ref, signal)));
    const ref = refs[found.indexOf(true)];
    if (ref === undefined) throw notFound(upstream);
    const effect = { action, subject: name, from: null, to: upstream };
    return { effects: [effect], command: { options: [`--set-upstream-to=${ref}`], revisions: [name] } };
  }

  /** The branch of that name, or the current one. */
  private async local(
    repository: Repository,
    given: string | undefined,
    signal: AbortSignal,
  ): Promise<{ name: string; sha: string }> {
    const name = given ?? (await this.state.head(repository, signal)).branch;
    if (name === null) throw refused('detached', 'HEAD is on no branch; name the branch');
    return { name, sha: await this.existing(repository, `${HEADS}${name}`, signal) };
  }

  private async existing(repository: Repository, ref: string, signal: AbortSignal): Promise<string> {
    const name = ref.replace(/^refs\/(heads|remotes)\//, '');
    requireBranchName(name);
    const sha = await this.state.sha(repository, ref, signal);
    if (sha === null) throw notFound(name);
    return sha;
  }

  private async onlyOn(repository: Repository, name: string, signal: AbortSignal): Promise<number> {
    const others = ['--not', `--exclude=${name}`, '--branches', '--tags', '--remotes', '--not'];
    const command = { name: 'rev-list', options: ['--count', ...others], revisions: [`${HEADS}${name}`] };
    return Number((await this.commands.must(repository, command, signal)).stdout);
  }
}

/** git calls it a failure to unset what is not set. */
function changesNothing({ action }: BranchEdit, { stderr }: GitResult): boolean {
  return action === 'unset-upstream' && /has no upstream information/.test(stderr);
}

function exists(): ServerError {
  return refused('branch-exists', 'A branch of that name exists already; choose another name');
}

function notFound(revision: string): ServerError {
  const message = 'There is no branch of that name; list them with git_branch';
  return new ServerError('revision_not_found', message, { details: { revision } });
}
