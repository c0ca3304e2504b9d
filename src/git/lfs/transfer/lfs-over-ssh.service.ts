import { Inject, Injectable } from '@nestjs/common';

import { CLOCK, type Clock } from '../../../shared/clock.js';
import { type ServerError } from '../../../shared/errors/index.js';
import { gitFailure, isUnexplained } from '../../cli/git-failure.js';
import { refused } from '../../refusal.js';
import { isLoopback } from '../../remotes/host-credentials.service.js';
import { RemoteCircuits } from '../../remotes/remote-circuits.service.js';
import { RemotePolicy } from '../../remotes/remote-policy.service.js';
import { SshCommands, type SshPlace } from '../../remotes/ssh-commands.service.js';
import { lfsEndpoint } from './lfs-endpoint.js';
import { type LfsOperation, LfsServer } from './lfs-server.js';
import { type LfsServers } from './server.store.js';
import { parseSshAnswer, type SshAnswer } from './ssh-answer.js';

export interface SshRemote extends SshPlace {
  /** Of the repository, as its URL has it. */
  readonly path: string;
}

interface Known {
  readonly server: LfsServer;
  readonly untilMs: number;
}

/** Has a remote over ssh say where its LFS server is and what that wants to be shown: `git-lfs-authenticate`. */
@Injectable()
export class LfsOverSsh {
  constructor(
    private readonly ssh: SshCommands,
    private readonly policy: RemotePolicy,
    private readonly circuits: RemoteCircuits,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Asks the remote when it is needed, and anew where its answer is no longer good. */
  servers(remote: SshRemote): LfsServers {
    const known = new Map<LfsOperation, Known>();
    const made: LfsServer[] = [];
    return {
      for: async (operation, signal) => {
        const last = known.get(operation);
        if (last !== undefined && this.clock.nowMs() < last.untilMs) return last.server;
        const next = await this.authenticated(remote, operation, signal);
        known.set(operation, next);
        made.push(next.server);
        return next.server;
      },
      close: () => {
        for (const server of made) server.close();
      },
    };
  }

  private async authenticated(
    remote: SshRemote,
    operation: LfsOperation,
    signal: AbortSignal,
  ): Promise<Known> {
    const { href, headers, untilMs } = await this.ask(remote, operation, signal);
    const path = remote.path.replace(/^\/*/, '/');
    // The policy holds for what the remote names as for any remote.
    const at = await this.policy.approveHttp(href ?? lfsEndpoint(`https://${nameOf(remote)}${path}`), signal);
    const isSecret = at.protocol === 'https' || isLoopback(at.host);
    return { server: new LfsServer(at, isSecret ? headers : {}, this.policy), untilMs };
  }

  private ask(remote: SshRemote, operation: LfsOperation, signal: AbortSignal): Promise<SshAnswer> {
    // As git-lfs names the repository.
    const words = ['git-lfs-authenticate', remote.path.replace(/^\//, ''), operation];
    return this.circuits.run({ host: remote.host, access: { protocol: 'ssh' } }, async () => {
      const nowMs = this.clock.nowMs();
      const result = await this.ssh.run(remote, words, signal);
      // An ssh that is ended for what comes without an end says that it failed.
      if (result.exitCode === 0 || result.truncated) return parseSshAnswer(result.stdout, nowMs);
      const failure = gitFailure('lfs', result);
      throw isUnexplained(failure) ? notOffered(result.exitCode) : failure;
    });
  }
}

function nameOf({ host }: SshRemote): string {
  return host.includes(':') ? `[${host}]` : host;
}

function notOffered(exitCode: number): ServerError {
  const message =
    'The remote does not say over ssh where its LFS server is (git-lfs-authenticate), and git-lfs-transfer is not spoken here; add a remote with the https URL of the same repository, and name it';
  return refused('lfs-needs-http', message, { protocol: 'ssh', exit_code: exitCode });
}
