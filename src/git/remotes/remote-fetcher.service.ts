import { Injectable } from '@nestjs/common';

import { type GitRemotes, type ProgressListener, type RefUpdate } from '../git-writes.port.js';
import { type Repository } from '../repository.js';
import { requireBranchName } from '../writes/ref-name.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { RefChanges } from './ref-changes.service.js';
import { RemoteCircuits } from './remote-circuits.service.js';
import { RemoteConfiguration } from './remote-configuration.service.js';
import { RemotePolicy } from './remote-policy.service.js';
import { TransferProgress } from './transfer-progress.js';

type FetchRequest = Parameters<GitRemotes['fetch']>[1];

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

  async fetch(
    repository: Repository,
    { remote, branch, prune = false }: FetchRequest,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<readonly RefUpdate[]> {
    const { fetch: url } = await this.remotes.urls(repository, remote, signal);
    requireBranchName(remote, 'remote');
    if (branch !== undefined) requireBranchName(branch);
    const approved = await this.policy.approve(url, signal);
    const before = await this.changes.snapshot(repository, remote, signal);
    const name = branch ?? '*';
    const command = {
      name: 'fetch',
      options: ['--progress', prune ? '--prune' : '--no-prune', `--upload-pack=${approved.uploadPack}`],
      revisions: [approved.url, `+refs/heads/${name}:refs/remotes/${remote}/${name}`],
    };
    const options = { remote: approved.access, onStderrLine: new TransferProgress(progress).onLine };
    await this.circuits.run(approved, () => this.commands.must(repository, command, signal, options));
    return this.changes.between(
      repository,
      before,
      await this.changes.snapshot(repository, remote, signal),
      signal,
    );
  }
}
