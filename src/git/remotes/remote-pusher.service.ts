import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { gitFailure } from '../cli/git-failure.js';
import { type GitRemotes, type ProgressListener, type RefUpdate } from '../git-writes.port.js';
import { type Repository } from '../repository.js';
import { requireBranchName } from '../writes/ref-name.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { parsePushReport, type PushedRef } from './push-report.js';
import { RemoteCircuits } from './remote-circuits.service.js';
import { RemoteConfiguration } from './remote-configuration.service.js';
import { type ApprovedRemote, RemotePolicy } from './remote-policy.service.js';
import { TransferProgress } from './transfer-progress.js';

type PushRequest = Parameters<GitRemotes['push']>[1];

interface Push {
  readonly remote: string;
  readonly branch: string;
  readonly sha: string;
  /** What was last seen at the remote. */
  readonly seen: string | null;
}

/** Sends one branch to the branch of the same name. */
@Injectable()
export class RemotePusher {
  constructor(
    private readonly remotes: RemoteConfiguration,
    private readonly policy: RemotePolicy,
    private readonly circuits: RemoteCircuits,
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
  ) {}

  async push(
    repository: Repository,
    request: PushRequest,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<readonly RefUpdate[]> {
    const { push: url } = await this.remotes.urls(repository, request.remote, signal);
    const push = await this.prepare(repository, request, signal);
    const approved = await this.policy.approve(url, signal);
    const report = await this.circuits.run(approved, () =>
      this.send(repository, approved, push, request.force === true, progress, signal),
    );
    const updates = await Promise.all(report.map((pushed) => this.update(repository, pushed, push)));
    if (updates.some(({ outcome }) => outcome === 'rejected')) throw rejected(updates);
    await this.remember(repository, push, request.setUpstream === true);
    return updates;
  }

  private async prepare(
    repository: Repository,
    { remote, branch }: PushRequest,
    signal: AbortSignal,
  ): Promise<Push> {
    requireBranchName(remote, 'remote');
    const name = branch ?? (await this.state.head(repository, signal)).branch;
    if (name === null) {
      const message = 'HEAD is on no branch; name the branch to push';
      throw new ServerError('operation_failed', message, { details: { reason: 'detached' } });
    }
    requireBranchName(name);
    const sha = await this.state.commit(repository, `refs/heads/${name}`, signal);
    return {
      remote,
      branch: name,
      sha,
      seen: await this.state.sha(repository, `refs/remotes/${remote}/${name}`, signal),
    };
  }

  private async send(
    repository: Repository,
    { url, access, receivePack }: ApprovedRemote,
    { branch, sha, seen }: Push,
    force: boolean,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<readonly PushedRef[]> {
    const ref = `refs/heads/${branch}`;
    // Force overwrites what was seen; what somebody pushed meanwhile it does not.
    const forced = seen === null ? '--force' : `--force-with-lease=${ref}:${seen}`;
    const options = [
      '--porcelain',
      '--progress',
      `--receive-pack=${receivePack}`,
      ...(force ? [forced] : []),
    ];
    const command = { name: 'push', options, revisions: [url, `${sha}:${ref}`] };
    const onStderrLine = new TransferProgress(progress).onLine;
    const result = await this.commands.run(repository, command, signal, { remote: access, onStderrLine });
    const report = parsePushReport(result.stdout);
    if (result.exitCode !== 0 && report.every(({ outcome }) => outcome !== 'rejected')) {
      throw gitFailure('push', result);
    }
    return report;
  }

  private async update(
    repository: Repository,
    { ref, outcome, reason, before }: PushedRef,
    { sha }: Push,
  ): Promise<RefUpdate> {
    const from = before === null ? null : await this.state.sha(repository, before, UNINTERRUPTED);
    return {
      ref,
      from: outcome === 'up-to-date' ? sha : from,
      to: sha,
      outcome,
      ...(reason !== undefined && { reason }),
    };
  }

  // git itself does this only for a push to a remote's name.
  private async remember(repository: Repository, push: Push, upstream: boolean): Promise<void> {
    const { remote, branch, sha } = push;
    const tracking = { name: 'update-ref', revisions: [`refs/remotes/${remote}/${branch}`, sha] };
    await this.commands.must(repository, tracking, UNINTERRUPTED);
    if (!upstream) return;
    const settings = [
      [`branch.${branch}.remote`, remote],
      [`branch.${branch}.merge`, `refs/heads/${branch}`],
    ];
    for (const revisions of settings) {
      await this.commands.must(
        repository,
        { name: 'config setting', options: ['--local'], revisions },
        UNINTERRUPTED,
      );
    }
  }
}

function rejected(updates: readonly RefUpdate[]): ServerError {
  const message = 'The remote refused the push; git_pull first, or see the reasons';
  const plain = updates.map(({ ref, from, to, outcome, reason = null }) => ({
    ref,
    from,
    to,
    outcome,
    reason,
  }));
  return new ServerError('operation_failed', message, { details: { reason: 'rejected', updates: plain } });
}
