import { isIP } from 'node:net';

import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { ServerError } from '../../shared/errors/index.js';
import { FAR_SIDE_SETTINGS } from '../cli/fixed-settings.js';
import { type HostCredential, type RemoteAccess } from '../git-cli.port.js';
import { GitFolderLinks } from '../paths/git-folder-links.js';
import { refused } from '../refusal.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../repository-locks.port.js';
import { isOddNumber, isPublicAddress } from './address-policy.js';
import { FarSideGuard } from './far-side.guard.js';
import { HostCredentials } from './host-credentials.service.js';
import { HOST_RESOLVER, type HostResolver } from './host-resolver.port.js';
import {
  type ApprovedHttp,
  httpAccess,
  type NetworkUrl,
  ofUrl,
  pinnedGitUrl,
  quoted,
  sshAccess,
} from './remote-access.js';
import { type HttpUrl, parseHttpUrl, parseRemoteUrl, type RemoteUrl } from './remote-url.js';

/** What a network command is given once its URL has passed. */
export interface ApprovedRemote {
  /** Free of credentials; a real path for a repository of this machine. */
  readonly url: string;
  /** Names the circuit breaker. */
  readonly host: string;
  readonly access: RemoteAccess;
  /** The programs of the other end; never the repository's choice. */
  readonly uploadPack: string;
  readonly receivePack: string;
}

/** Decides which remotes git may talk to, and pins what was checked so that nothing can change in between. */
@Injectable()
export class RemotePolicy {
  constructor(
    private readonly config: GitConfig,
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
    @Inject(HOST_RESOLVER) private readonly resolver: HostResolver,
    private readonly links: GitFolderLinks,
    private readonly credentials: HostCredentials,
    private readonly farSide: FarSideGuard,
  ) {}

  /**
   * What can be said of a URL without asking anybody on the network.
   *
   * @returns the URL as it may be stored: a real path for a repository of this machine
   * @throws ServerError `operation_failed` with `details.reason: 'invalid-url'`; `forbidden` for a protocol or an
   *   address that the configuration excludes; `path_not_allowed`
   */
  async check(url: string, signal: AbortSignal): Promise<string> {
    const remote = this.parse(url);
    if (remote.protocol === 'file') return (await this.locator.locate(remote.path, signal)).path;
    this.checkLiteral(remote.host);
    if ('credential' in remote) throw credentialInUrl();
    return url;
  }

  /** @throws ServerError as `check`, and `network_timeout` where the host has no address */
  async approve(url: string, signal: AbortSignal): Promise<ApprovedRemote> {
    const remote = this.parse(url);
    if (remote.protocol === 'file') return this.approveLocal(remote.path, signal);
    this.checkLiteral(remote.host);
    const addresses = await this.publicAddresses(remote.host, signal);
    return {
      url: remote.protocol === 'git' ? pinnedGitUrl(remote, addresses) : remote.url,
      host: remote.host,
      access: this.access(remote, addresses),
      uploadPack: 'git-upload-pack',
      receivePack: 'git-receive-pack',
    };
  }

  /**
   * As `approve`, for what this server asks itself and not by git.
   *
   * @param url of https or http, without a fragment; a query may follow
   * @throws ServerError as `approve`
   */
  async approveHttp(url: string, signal: AbortSignal): Promise<ApprovedHttp> {
    const { path, remote } = parseHttpUrl(url);
    const { protocol, host, port } = this.ofAllowedProtocol(remote);
    this.checkLiteral(host);
    return { protocol, host, port, path, addresses: await this.publicAddresses(host, signal) };
  }

  /**
   * What a remote is shown, of a URL that `approveHttp` lets through.
   *
   * @returns nothing where it is shown nothing
   */
  httpCredential(url: string): Omit<HostCredential, 'origin'> | undefined {
    return this.credential(parseHttpUrl(url).remote);
  }

  private access(remote: NetworkUrl, addresses: readonly string[]): RemoteAccess {
    switch (remote.protocol) {
      case 'ssh':
        return sshAccess(remote, addresses, this.credentials.sshKey(remote));
      case 'git':
        return { protocol: 'git', virtualHost: `${remote.host}:${remote.port}` };
      default:
        return httpAccess(remote, addresses, this.credential(remote));
    }
  }

  private credential(remote: HttpUrl): Omit<HostCredential, 'origin'> | undefined {
    const { credential } = remote;
    if (credential?.includes(':')) return ofUrl(credential);
    // A name alone may be one, or a token: what the host is to be shown comes first.
    return this.credentials.basic(remote) ?? (credential === undefined ? undefined : ofUrl(credential));
  }

  private parse(url: string): RemoteUrl {
    return this.ofAllowedProtocol(parseRemoteUrl(url));
  }

  private ofAllowedProtocol<U extends RemoteUrl>(remote: U): U {
    if (this.config.remote.protocols.includes(remote.protocol)) return remote;
    throw new ServerError('forbidden', 'The protocol of the URL is not among git.remote.protocols', {
      details: { reason: 'protocol-not-allowed', setting: 'git.remote.protocols' },
    });
  }

  // git clears the environment for the other end of a local remote, so its settings go on its command line.
  private async approveLocal(path: string, signal: AbortSignal): Promise<ApprovedRemote> {
    const remote = await this.locator.locate(path, signal);
    const { path: url, gitDir } = remote;
    // A push writes there.
    this.links.refuseOutside(remote);
    await this.farSide.require(remote, signal);
    // Whoever owns it: the operator has approved of the root. git asks for the one or the other path.
    const safe = [...new Set([url, gitDir])];
    const settings = [
      ...FAR_SIDE_SETTINGS.map(([key, value]) => `-c ${key}=${value}`),
      ...safe.map((folder) => `-c safe.directory=${quoted(folder)}`),
    ].join(' ');
    return {
      url,
      host: 'local',
      access: { protocol: 'file', settings: safe.map((folder) => ['safe.directory', folder] as const) },
      uploadPack: `git ${settings} upload-pack`,
      receivePack: `git ${settings} receive-pack`,
    };
  }

  private checkLiteral(host: string): void {
    if (this.config.remote.allowPrivateAddresses) return;
    if (isOddNumber(host) || host === 'localhost' || host.endsWith('.localhost')) throw privateAddress();
    if (isIP(host) !== 0 && !isPublicAddress(host)) throw privateAddress();
  }

  /** @returns nothing where any address will do */
  private async publicAddresses(host: string, signal: AbortSignal): Promise<readonly string[]> {
    if (this.config.remote.allowPrivateAddresses || isIP(host) !== 0) return [];
    const addresses = await this.resolver.resolve(host, signal);
    if (addresses.length === 0 || !addresses.every(isPublicAddress)) throw privateAddress();
    return addresses;
  }
}

function credentialInUrl(): ServerError {
  const message =
    "The URL holds a credential, which would stand in the repository's configuration; leave it out: git.credentials has those of hosts";
  return refused('credential-in-url', message, { setting: 'git.credentials' });
}

function privateAddress(): ServerError {
  const message =
    'The remote is on a private or local address; git.remote.allowPrivateAddresses would allow it';
  return new ServerError('forbidden', message, {
    details: { reason: 'private-address', setting: 'git.remote.allowPrivateAddresses' },
  });
}
