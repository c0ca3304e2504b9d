import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../../shared/errors/index.js';
import { refused } from '../../refusal.js';
import { type HostCredential } from '../../git-cli.port.js';
import { RemoteCircuits } from '../../remotes/remote-circuits.service.js';
import { RemoteConfiguration } from '../../remotes/remote-configuration.service.js';
import { RemotePolicy } from '../../remotes/remote-policy.service.js';
import { parseRemoteUrl } from '../../remotes/remote-url.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../../repository-locks.port.js';
import { type Repository } from '../../repository.js';
import { type FarStore } from './far-store.js';
import { IgnoredSettings, type Way } from './ignored-settings.reader.js';
import { lfsEndpoint } from './lfs-endpoint.js';
import { LfsOverSsh } from './lfs-over-ssh.service.js';
import { LfsServer } from './lfs-server.js';
import { LocalStore } from './local.store.js';
import { ServerStore } from './server.store.js';

export interface LfsRemote {
  readonly store: FarStore;
  /** As `IgnoredSettings.read` */
  readonly ignored: readonly string[];
}

/** Finds the other end of a transfer by the URL of a remote, and by nothing else that the repository says. */
@Injectable()
export class LfsRemotes {
  constructor(
    private readonly remotes: RemoteConfiguration,
    private readonly policy: RemotePolicy,
    private readonly circuits: RemoteCircuits,
    private readonly ssh: LfsOverSsh,
    private readonly settings: IgnoredSettings,
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
  ) {}

  /**
   * @returns its store has to be closed
   * @throws ServerError `operation_failed` with `details.reason`: `unknown-remote`, `lfs-needs-http` for remotes of
   *   the git protocol; as `RemotePolicy.approve`
   */
  async open(repository: Repository, remote: string, way: Way, signal: AbortSignal): Promise<LfsRemote> {
    const { [way]: url } = await this.remotes.urls(repository, remote, signal);
    const ignored = await this.settings.read(repository, { remote, url, way }, signal);
    return { store: await this.store(url, signal), ignored };
  }

  private async store(url: string, signal: AbortSignal): Promise<FarStore> {
    const parsed = parseRemoteUrl(url);
    switch (parsed.protocol) {
      case 'file': {
        const { url: path } = await this.policy.approve(url, signal);
        return new LocalStore(await this.locator.locate(path, signal));
      }
      case 'http':
      case 'https':
        return this.overHttp(lfsEndpoint(url), signal);
      case 'ssh': {
        const { access } = await this.policy.approve(url, signal);
        const remote = { ...parsed, options: access.sshOptions ?? [] };
        return new ServerStore(this.ssh.servers(remote), this.circuits);
      }
      default:
        throw needsHttp(parsed.protocol);
    }
  }

  private async overHttp(url: string, signal: AbortSignal): Promise<FarStore> {
    const at = await this.policy.approveHttp(url, signal);
    const server = new LfsServer(at, authorization(this.policy.httpCredential(url)), this.policy);
    const servers = { for: () => Promise.resolve(server), close: () => server.close() };
    return new ServerStore(servers, this.circuits);
  }
}

function authorization(
  credential: Pick<HostCredential, 'username' | 'password'> | undefined,
): Readonly<Record<string, string>> {
  if (credential === undefined) return {};
  const { username, password } = credential;
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

function needsHttp(protocol: string): ServerError {
  const message =
    'The content of Git LFS is asked for by HTTP or ssh, and the URL of the remote is neither; add a remote with the https URL of the same repository, and name it';
  return refused('lfs-needs-http', message, { protocol });
}
