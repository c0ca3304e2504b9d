import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { type GitRemotes, type HeadState, type ProgressListener } from '../git-writes.port.js';
import { type Repository } from '../repository.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../repository-locks.port.js';
import { requireBranchName } from '../writes/ref-name.js';
import { RepositoryInitializer } from '../writes/repository.initializer.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { RemoteCircuits } from './remote-circuits.service.js';
import { RemotePolicy } from './remote-policy.service.js';
import { TransferProgress } from './transfer-progress.js';

type CloneRequest = Parameters<GitRemotes['clone']>[0];

/**
 * Makes a repository out of a remote. A credential in the URL is used and not stored: the configuration of the clone
 * holds the URL without it.
 */
@Injectable()
export class RemoteCloner {
  constructor(
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
    private readonly policy: RemotePolicy,
    private readonly circuits: RemoteCircuits,
    private readonly initializer: RepositoryInitializer,
    private readonly state: RepositoryState,
  ) {}

  async clone(
    request: CloneRequest,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<Repository & HeadState> {
    const wishes = wishesOf(request);
    const target = await this.locator.locateNew(request.path, signal);
    const approved = await this.policy.approve(request.url, signal);
    const options = ['--progress', `--upload-pack=${approved.uploadPack}`, ...wishes];
    const command = { name: 'clone', options, revisions: [approved.url, target] };
    const run = { remote: approved.access, onStderrLine: new TransferProgress(progress).onLine };
    const repository = await this.circuits.run(approved, () =>
      this.initializer.make(target, command, signal, run),
    );
    return { ...repository, ...(await this.state.head(repository, signal)) };
  }
}

function wishesOf({ branch, depth, bare = false }: CloneRequest): readonly string[] {
  if (branch !== undefined) requireBranchName(branch);
  if (depth !== undefined && (!Number.isSafeInteger(depth) || depth < 1)) {
    const message = 'The depth of a clone is a whole number of commits, 1 or more';
    throw new ServerError('operation_failed', message, { details: { reason: 'invalid-depth' } });
  }
  return [
    ...(branch === undefined ? [] : [`--branch=${branch}`]),
    ...(depth === undefined ? [] : [`--depth=${depth}`]),
    ...(bare ? ['--bare'] : []),
  ];
}
