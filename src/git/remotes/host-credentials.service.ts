import { readFileSync } from 'node:fs';

import { Inject, Injectable } from '@nestjs/common';

import { type Environment } from '../../config/environment.js';
import { GitConfig, type GitCredentialConfig } from '../../config/sections/index.js';
import { SERVER_ENVIRONMENT } from '../cli/server-environment.js';
import { type HostCredential } from '../git-cli.port.js';
import { refused } from '../refusal.js';
import { credentialOfSession } from './session-credentials.js';

interface Place {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
}

const USUAL_PORTS: Readonly<Record<string, number>> = { https: 443, http: 80, ssh: 22 };
const LOOPBACK = /^(127\.[\d.]+|::1|localhost)$/;
/** What forges take as the name that goes with a token. */
const USUAL_NAME = 'x-access-token';

/**
 * What a host is shown: what the session brought for it, else what the operator lets it be shown (`git.credentials`). That is read each time that it is needed, so that a secret may be
 * exchanged without a restart and is kept nowhere.
 */
@Injectable()
export class HostCredentials {
  constructor(
    private readonly config: GitConfig,
    @Inject(SERVER_ENVIRONMENT) private readonly environment: Environment,
  ) {}

  /**
   * @returns nothing for other hosts and ports, nor where anybody on the way could read it
   * @throws ServerError `operation_failed` with `details.reason: 'credential-unreadable'`
   */
  basic(place: Place): Omit<HostCredential, 'origin'> | undefined {
    if (place.protocol !== 'https' && !isLoopback(place.host)) return undefined;
    const own = credentialOfSession(namesOf(place));
    if (own) {
      const { username = USUAL_NAME, secret: password } = own;
      return { username, usernameIsSecret: own.username !== undefined, password };
    }
    const found = this.of(place).find(
      ({ secretFile, secretVariable }) => secretFile !== undefined || secretVariable !== undefined,
    );
    if (!found) return undefined;
    return { username: found.username ?? USUAL_NAME, usernameIsSecret: false, password: this.secret(found) };
  }

  /** @returns the path of the private key */
  sshKey(place: Place): string | undefined {
    return this.of(place).find(({ sshKeyFile }) => sshKeyFile !== undefined)?.sshKeyFile;
  }

  private of(place: Place): readonly GitCredentialConfig[] {
    const names = namesOf(place);
    return this.config.credentials.filter((credential) => names.has(credential.host));
  }

  private secret({ secretFile, secretVariable }: GitCredentialConfig): string {
    const secret =
      secretFile === undefined
        ? this.environment[secretVariable ?? '']
        : orUndefined(() => readFileSync(secretFile, 'utf8'));
    const [line, ...more] = secret?.trim().split(/[\0\r\n]/) ?? [];
    if (line && more.length === 0) return line;
    const message = 'The credential of the host cannot be read; an operator has to look at git.credentials';
    throw refused('credential-unreadable', message, { setting: 'git.credentials' });
  }
}

/** Where nobody is on the way. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** How a host may be called where its credential is given. */
function namesOf({ protocol, host, port }: Place): ReadonlySet<string> {
  const bracketed = host.includes(':') ? `[${host}]` : host;
  const names = new Set([`${bracketed}:${port}`]);
  if (USUAL_PORTS[protocol] === port) names.add(bracketed);
  return names;
}
