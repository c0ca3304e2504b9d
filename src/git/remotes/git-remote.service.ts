import { Injectable } from '@nestjs/common';

import {
  type GitRemotes,
  type HeadState,
  type ProgressListener,
  type RefUpdate,
  type RemoteInfo,
} from '../git-writes.port.js';
import { type Repository } from '../repository.js';
import { RemoteCloner } from './remote-cloner.service.js';
import { RemoteConfiguration } from './remote-configuration.service.js';
import { RemoteFetcher } from './remote-fetcher.service.js';
import { RemotePuller } from './remote-puller.service.js';
import { RemotePusher } from './remote-pusher.service.js';

type Request<K extends 'fetch' | 'pull' | 'push'> = Parameters<GitRemotes[K]>[1];

/** Everything that needs a remote, behind one port. */
@Injectable()
export class GitRemoteService implements GitRemotes {
  constructor(
    private readonly configuration: RemoteConfiguration,
    private readonly cloner: RemoteCloner,
    private readonly fetcher: RemoteFetcher,
    private readonly puller: RemotePuller,
    private readonly pusher: RemotePusher,
  ) {}

  list(repository: Repository, signal: AbortSignal): Promise<readonly RemoteInfo[]> {
    return this.configuration.list(repository, signal);
  }

  add(repository: Repository, name: string, url: string, signal: AbortSignal): Promise<void> {
    return this.configuration.add(repository, name, url, signal);
  }

  remove(repository: Repository, name: string, signal: AbortSignal): Promise<void> {
    return this.configuration.remove(repository, name, signal);
  }

  rename(repository: Repository, from: string, to: string, signal: AbortSignal): Promise<void> {
    return this.configuration.rename(repository, from, to, signal);
  }

  upstream(repository: Repository, branch: string, remote: string, signal: AbortSignal): Promise<string> {
    return this.configuration.upstream(repository, branch, remote, signal);
  }

  setUrl(
    repository: Repository,
    name: string,
    url: string,
    push: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    return this.configuration.setUrl(repository, name, url, push, signal);
  }

  clone(
    request: Parameters<GitRemotes['clone']>[0],
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<Repository & HeadState> {
    return this.cloner.clone(request, progress, signal);
  }

  fetch(
    repository: Repository,
    request: Request<'fetch'>,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<readonly RefUpdate[]> {
    return this.fetcher.fetch(repository, request, progress, signal);
  }

  pull(repository: Repository, request: Request<'pull'>, progress: ProgressListener, signal: AbortSignal) {
    return this.puller.pull(repository, request, progress, signal);
  }

  push(
    repository: Repository,
    request: Request<'push'>,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<readonly RefUpdate[]> {
    return this.pusher.push(repository, request, progress, signal);
  }
}
