import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { gitFailure } from '../cli/git-failure.js';
import { type GitCommand, type GitResult } from '../git-cli.port.js';
import { type ProgressListener, type PushRequest, type RefUpdate } from '../git-writes.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { NewSecrets } from '../secrets/new-secrets.service.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { type PushPlan, PushPlanner } from './push.planner.js';
import { parsePushReport, type PushedRef } from './push-report.js';
import { RemoteCircuits } from './remote-circuits.service.js';
import { RemoteConfiguration } from './remote-configuration.service.js';
import { type ApprovedRemote, RemotePolicy } from './remote-policy.service.js';
import { TransferProgress } from './transfer-progress.js';

/** Sends branches and tags, or deletes them at the remote. */
@Injectable()
export class RemotePusher {
  constructor(
    private readonly remotes: RemoteConfiguration,
    private readonly policy: RemotePolicy,
    private readonly circuits: RemoteCircuits,
    private readonly commands: WriteCommands,
    private readonly planner: PushPlanner,
    private readonly secrets: NewSecrets,
  ) {}

  async push(
    repository: Repository,
    request: PushRequest,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<readonly RefUpdate[]> {
    const { push: url } = await this.remotes.urls(repository, request.remote, signal);
    const wished = await this.planner.plan(repository, request, signal);
    const approved = await this.policy.approve(url, signal);
    await this.requireNoSecrets(repository, request, wished, signal);
    const dryRun = request.dryRun === true;
    const { report, plan } = await this.circuits.run(approved, async () => {
      const settled = await this.settleDeletion(repository, approved, wished, signal);
      const sent = await this.send(repository, approved, settled, dryRun, progress, signal);
      return { report: sent, plan: settled };
    });
    const updates = await Promise.all(report.map((pushed) => this.update(repository, pushed, plan)));
    if (updates.some(({ outcome }) => outcome === 'rejected')) throw rejected(updates);
    if (!dryRun) await this.remember(repository, plan, request);
    return updates;
  }

  private requireNoSecrets(
    repository: Repository,
    { remote, tags, allowSecrets }: PushRequest,
    { specs }: PushPlan,
    signal: AbortSignal,
  ): Promise<void> {
    const history = { remote, ids: specs.flatMap(({ id }) => id ?? []), allTags: tags === true };
    return this.secrets.requireNonePushed(repository, history, allowSecrets, signal);
  }

  /**
   * Asks first what is to be deleted: git says "deleted" of what was never there. What is deleted then is that, and
   * nothing that was pushed since.
   */
  private async settleDeletion(
    repository: Repository,
    { url, access, uploadPack }: ApprovedRemote,
    plan: PushPlan,
    signal: AbortSignal,
  ): Promise<PushPlan> {
    const [spec] = plan.specs;
    if (spec?.id !== null) return plan;
    const options = ['--quiet', '--refs', `--upload-pack=${uploadPack}`];
    const command = { name: 'ls-remote', options, revisions: [url, spec.ref] };
    const { stdout } = await this.commands.must(repository, command, signal, { remote: access });
    const line = stdout.split('\n').find((one) => one.endsWith(`\t${spec.ref}`));
    const there = line?.split('\t', 1)[0];
    if (there === undefined) {
      throw new ServerError('revision_not_found', 'The remote has no branch or tag of that name');
    }
    const lease = plan.options.length > 0 ? plan.options : [`--force-with-lease=${spec.ref}:${there}`];
    return { ...plan, options: lease, specs: [{ ...spec, there }] };
  }

  private async send(
    repository: Repository,
    { url, access, receivePack }: ApprovedRemote,
    { refspecs, options: forced }: PushPlan,
    dryRun: boolean,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<readonly PushedRef[]> {
    const options = [
      '--porcelain',
      '--progress',
      `--receive-pack=${receivePack}`,
      ...forced,
      ...(dryRun ? ['--dry-run'] : []),
    ];
    const command = { name: 'push', options, revisions: [url, ...refspecs] };
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
    { specs }: PushPlan,
  ): Promise<RefUpdate> {
    const spec = specs.find((one) => one.ref === ref);
    const to = spec ? spec.id : await this.planner.full(repository, ref, UNINTERRUPTED);
    const from = spec?.there ?? (await this.planner.full(repository, before, UNINTERRUPTED));
    return {
      ref,
      from: outcome === 'up-to-date' ? to : from,
      to,
      outcome,
      ...(reason !== undefined && { reason }),
    };
  }

  // git itself does this only for a push to a remote's name.
  private async remember(
    repository: Repository,
    { specs }: PushPlan,
    { remote, setUpstream }: PushRequest,
  ): Promise<void> {
    for (const { tracking, id, seen, branch, ref } of specs) {
      if (tracking === undefined) continue;
      if (id !== null) await this.write(repository, { name: 'update-ref', revisions: [tracking, id] });
      else if (seen !== null) {
        await this.write(repository, { name: 'update-ref', options: ['-d'], revisions: [tracking, seen] });
      }
      if (setUpstream !== true || branch === undefined) continue;
      await this.set(repository, `branch.${branch}.remote`, remote);
      await this.set(repository, `branch.${branch}.merge`, ref);
    }
  }

  private set(repository: Repository, key: string, value: string): Promise<GitResult> {
    return this.write(repository, { name: 'config setting', options: ['--local'], revisions: [key, value] });
  }

  private write(repository: Repository, command: GitCommand): Promise<GitResult> {
    return this.commands.must(repository, command, UNINTERRUPTED);
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
  return refused('rejected', message, { updates: plain });
}
