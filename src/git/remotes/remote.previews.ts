import { dirname } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { type CloneRequest, type FetchRequest, type PullRequest } from '../git-writes.port.js';
import { IntegrationPreviews } from '../integration/integration.previews.js';
import { type Effect } from '../planned-change.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../repository-locks.port.js';
import { type Repository } from '../repository.js';
import { requireBranchName } from '../writes/ref-name.js';
import { LISTING, parseListing } from './remote-listing.js';
import { cloneOptions } from './remote-cloner.service.js';
import { RemoteCircuits } from './remote-circuits.service.js';
import { RemotePolicy } from './remote-policy.service.js';
import { RemotePuller } from './remote-puller.service.js';
import { RemoteInspector } from './remote.inspector.js';

/** What would be brought here, as far as it can be known before. */
export interface TransferPlan {
  readonly effects: readonly Effect[];
  /** What cannot be known before, as a sentence. */
  readonly unknown?: string;
}

/** Asks remotes what they have, and says what a fetch, a pull or a clone would do. Nothing is downloaded. */
@Injectable()
export class RemotePreviews {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
    private readonly inspector: RemoteInspector,
    private readonly policy: RemotePolicy,
    private readonly circuits: RemoteCircuits,
    private readonly puller: RemotePuller,
    private readonly integration: IntegrationPreviews,
  ) {}

  /** @throws ServerError as the fetch, `revision_not_found` for branches that the remote does not have */
  async fetch(repository: Repository, request: FetchRequest, signal: AbortSignal): Promise<TransferPlan> {
    const { remote, prune = false } = request;
    const names = [...(request.branches ?? []), ...(request.branch === undefined ? [] : [request.branch])];
    for (const name of names) requireBranchName(name);
    const { branches } = await this.inspector.view(repository, remote, signal);
    const missing = names.find((name) => branches.every((one) => one.name !== name || one.there === null));
    if (missing !== undefined) throw noSuchBranch();
    const effects = branches
      .filter(({ name, there, here }) => there !== here && (names.length === 0 || names.includes(name)))
      // A branch that is gone stays here, unless it is asked for.
      .filter(({ there }) => there !== null || (prune && names.length === 0))
      .map(({ name, there, here }) => moved(`refs/remotes/${remote}/${name}`, here, there));
    const deepens = request.depth !== undefined || request.unshallow === true;
    return {
      effects,
      unknown: `Which tags would come${deepens ? ', and how much of the history,' : ''} is not known before.`,
    };
  }

  /** @throws ServerError as the pull, but for conflicts with what is not here yet */
  async pull(repository: Repository, request: PullRequest, signal: AbortSignal): Promise<TransferPlan> {
    const { before, theirs } = await this.puller.prepare(repository, request, signal);
    const { remote, rebase = false } = request;
    const fetched = await this.fetch(repository, { remote, branch: theirs }, signal);
    const { branches } = await this.inspector.view(repository, remote, signal);
    const source = branches.find(({ name }) => name === theirs)?.there ?? '';
    const tracking = fetched.effects.filter(({ subject }) => subject.endsWith(`/${theirs}`));
    if (!(await this.isHere(repository, source, signal))) {
      const subject = before.branch === null ? 'HEAD' : `refs/heads/${before.branch}`;
      const move = { action: rebase ? 'rebase' : 'merge', subject, from: before.head, to: null };
      return {
        effects: [...tracking, move],
        unknown:
          'What the remote has is not here yet, so whether it can be brought together is not known before.',
      };
    }
    const plan =
      rebase && before.head !== null
        ? await this.integration.rebase(repository, { upstream: source }, signal)
        : await this.integration.merge(repository, { source, ...onlyForward(request) }, signal);
    return { effects: [...tracking, ...plan.effects] };
  }

  private async isHere(repository: Repository, sha: string, signal: AbortSignal): Promise<boolean> {
    const command = { name: 'cat-file', options: ['-e'], revisions: [sha] };
    return (await this.git.run(repository, command, signal)).exitCode === 0;
  }

  /** @throws ServerError as the clone, but for what goes wrong on the way */
  async clone(request: CloneRequest, signal: AbortSignal): Promise<TransferPlan> {
    cloneOptions(request);
    const target = await this.locator.locateNew(request.path, signal);
    const approved = await this.policy.approve(request.url, signal);
    const command = {
      name: 'ls-remote',
      options: [...LISTING.options, `--upload-pack=${approved.uploadPack}`],
      revisions: [approved.url, ...LISTING.patterns],
    };
    const { head, branches } = await this.circuits.run(approved, async () => {
      const result = await this.git.runIn(dirname(target), command, signal, { remote: approved.access });
      if (result.exitCode !== 0) throw gitFailure('ls-remote', result);
      return parseListing(result.stdout);
    });
    const branch = request.branch ?? head;
    // `--branch` takes a tag as well, and those were not asked for.
    const to = branch === null ? null : (branches.get(branch) ?? null);
    return { effects: [{ action: 'create', subject: target, from: null, to }] };
  }
}

function moved(subject: string, from: string | null, to: string | null): Effect {
  const action = from === null ? 'create' : to === null ? 'delete' : 'update';
  return { action, subject, from, to };
}

function onlyForward({ fastForwardOnly = false }: { readonly fastForwardOnly?: boolean }) {
  return fastForwardOnly ? { fastForwardOnly } : {};
}

function noSuchBranch(): ServerError {
  const message = 'The remote has no branch of that name';
  return new ServerError('revision_not_found', message, { details: { reason: 'remote-branch-not-found' } });
}
