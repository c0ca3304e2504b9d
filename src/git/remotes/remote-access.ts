import { isIPv6 } from 'node:net';

import { type HostCredential, type RemoteAccess } from '../git-cli.port.js';
import { type HttpUrl, type RemoteUrl } from './remote-url.js';

/** Where this server itself may ask by HTTP: what was checked, and nothing that a name could lead elsewhere. */
export interface ApprovedHttp {
  readonly protocol: 'https' | 'http';
  /** A name or an address, in lower case and without brackets. */
  readonly host: string;
  readonly port: number;
  /** With the query, as it is sent. */
  readonly path: string;
  /** The host's, checked; none where any will do. */
  readonly addresses: readonly string[];
}

export type NetworkUrl = Exclude<RemoteUrl, { protocol: 'file' }>;
type Git = Extract<RemoteUrl, { protocol: 'git' }>;
type Ssh = Extract<RemoteUrl, { protocol: 'ssh' }>;

export function httpAccess(
  { protocol, host, port, url }: HttpUrl,
  addresses: readonly string[],
  credential: Omit<HostCredential, 'origin'> | undefined,
): RemoteAccess {
  const pin = addresses.map((address) => (isIPv6(address) ? `[${address}]` : address)).join(',');
  return {
    protocol,
    settings: pin === '' ? [] : [['http.curloptResolve', `${host}:${port}:${pin}`]],
    ...(credential !== undefined && { credential: { origin: originOf(url), ...credential } }),
  };
}

/** As it is written there: git asks for it so. */
function originOf(url: string): string {
  return url.split('/', 3).join('/');
}

export function ofUrl(userAndPassword: string): Omit<HostCredential, 'origin'> {
  const [username = '', ...password] = userAndPassword.split(':');
  return { username, usernameIsSecret: true, password: password.join(':') };
}

// The alias keeps the host's own name for the check of its key.
export function sshAccess(
  { host }: Ssh,
  [address]: readonly string[],
  key: string | undefined,
): RemoteAccess {
  const sshOptions = [
    ...(address === undefined ? [] : [`-oHostName=${address}`, `-oHostKeyAlias=${host}`]),
    ...(key === undefined ? [] : [`-oIdentitiesOnly=yes`, `-oIdentityFile=${ofSshConfig(key)}`]),
  ];
  return { protocol: 'ssh', sshOptions };
}

/** As one word of ssh_config(5), in which "%" begins a token. */
function ofSshConfig(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll('%', '%%')}"`;
}

// git has no other way to be told an address for a protocol that knows neither certificates nor keys.
export function pinnedGitUrl({ url, port, path }: Git, [address]: readonly string[]): string {
  if (address === undefined) return url;
  return `git://${isIPv6(address) ? `[${address}]` : address}:${port}${path}`;
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
