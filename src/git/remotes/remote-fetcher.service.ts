import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { type FetchRequest, type ProgressListener, type RefUpdate } from '../git-writes.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { requireBranchName } from '../writes/ref-name.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { RefChanges } from './ref-changes.service.js';
import { RemoteCircuits } from './remote-circuits.service.js';
import { RemoteConfiguration } from './remote-configuration.service.js';
import { type ApprovedRemote, RemotePolicy } from './remote-policy.service.js';
import { TransferProgress } from './transfer-progress.js';

/**
 * Brings commits here. git is given the approved URL and not the remote's name: the repository's configuration then
 * has no say in which program answers, where it goes, or which branches it writes.
 */
@Injectable()
export class RemoteFetcher {
  constructor(
    private readonly remotes: RemoteConfiguration,
    private readonly policy: RemotePolicy,
    private readonly circuits: RemoteCircuits,
    private readonly commands: WriteCommands,
    private readonly changes: RefChanges,
  ) {}

  /** @throws ServerError `operation_failed` with `details.reason`: `not-shallow`, `invalid-name`, `unknown-remote` */
  async fetch(
    repository: Repository,
    request: FetchRequest,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<readonly RefUpdate[]> {
    const { remote } = request;
    const { fetch: url } = await this.remotes.urls(repository, remote, signal);
    requireBranchName(remote, 'remote');
    const names = [...(request.branches ?? []), ...(request.branch === undefined ? [] : [request.branch])];
    for (const name of names) requireBranchName(name);
    const approved = await this.policy.approve(url, signal);
    const before = await this.changes.snapshot(repository, remote, signal);
    const command = {
      name: 'fetch',
      options: [
        '--progress',
        `--upload-pack=${approved.uploadPack}`,
        ...wishesOf(request),
        ...oneTransaction(repository, approved),
      ],
      revisions: [
        approved.url,
        ...(names.length === 0 ? ['*'] : names).map(
          (name) => `+refs/heads/${name}:refs/remotes/${remote}/${name}`,
        ),
      ],
    };
    const options = { remote: approved.access, onStderrLine: new TransferProgress(progress).onLine };
    await this.circuits.run(approved, async () => {
      const result = await this.commands.run(repository, command, signal, options);
      if (result.exitCode === 0) return;
      throw notShallow(result.stderr) ?? this.commands.failure(repository, 'fetch', result);
    });
    return this.changes.between(
      repository,
      before,
      await this.changes.snapshot(repository, remote, signal),
      signal,
    );
  }
}

/** A hook that runs between two connections would leave the second one without the credential. */
function oneTransaction({ trust }: Repository, { access }: ApprovedRemote): readonly string[] {
  return trust === 'trusted' && access.credential !== undefined ? ['--atomic'] : [];
}

const TAGS = { auto: [], all: ['--tags'], none: ['--no-tags'] };

function wishesOf({
  prune = false,
  tags = 'auto',
  depth,
  unshallow = false,
}: FetchRequest): readonly string[] {
  return [
    prune ? '--prune' : '--no-prune',
    ...TAGS[tags],
    ...(depth === undefined ? [] : [`--depth=${depth}`]),
    ...(unshallow ? ['--unshallow'] : []),
  ];
}

function notShallow(stderr: string): ServerError | undefined {
  if (!stderr.includes('--unshallow on a complete repository')) return undefined;
  const message = 'The repository has its whole history already; leave unshallow out';
  return refused('not-shallow', message);
}
