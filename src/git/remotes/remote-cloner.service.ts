import { Inject, Injectable } from '@nestjs/common';

import { type CloneRequest, type HeadState, type ProgressListener } from '../git-writes.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../repository-locks.port.js';
import { requireBranchName } from '../writes/ref-name.js';
import { RepositoryInitializer } from '../writes/repository.initializer.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { RemoteCircuits } from './remote-circuits.service.js';
import { RemotePolicy } from './remote-policy.service.js';
import { TransferProgress } from './transfer-progress.js';

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
    const wishes = cloneOptions(request);
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

/** Filters of git-rev-list(1) that need nothing but the protocol. */
const FILTER = /^(blob:none|blob:limit=\d{1,12}[kmg]?|tree:0)$/;

/** @throws ServerError `operation_failed` with `details.reason`: `invalid-depth`, `invalid-filter`, `invalid-name` */
export function cloneOptions(request: CloneRequest): readonly string[] {
  const { branch, depth, bare, singleBranch, filter, checkout, mirror, tags } = request;
  if (branch !== undefined) requireBranchName(branch);
  if (depth !== undefined && (!Number.isSafeInteger(depth) || depth < 1)) {
    throw refused('invalid-depth', 'The depth of a clone is a whole number of commits, 1 or more');
  }
  if (filter !== undefined && !FILTER.test(filter)) {
    throw refused('invalid-filter', 'The filter is none of blob:none, blob:limit=<size> and tree:0');
  }
  // What a filter left out is never fetched later: reading must not start a transfer.
  if (filter !== undefined && bare !== true && mirror !== true && checkout !== false) {
    throw refused(
      'invalid-filter',
      'A clone with a filter has no files to check out; set no_checkout or bare',
    );
  }
  return [
    ...(branch === undefined ? [] : [`--branch=${branch}`]),
    ...(depth === undefined ? [] : [`--depth=${depth}`]),
    ...(bare === true ? ['--bare'] : []),
    ...(mirror === true ? ['--mirror'] : []),
    ...(singleBranch === undefined ? [] : [singleBranch ? '--single-branch' : '--no-single-branch']),
    ...(filter === undefined ? [] : [`--filter=${filter}`]),
    ...(checkout === false ? ['--no-checkout'] : []),
    ...(tags === false ? ['--no-tags'] : []),
  ];
}
