import { fileURLToPath } from 'node:url';

import { ServerError } from '../../shared/errors/index.js';
import { refused } from '../refusal.js';

export type RemoteUrl =
  | {
      readonly protocol: 'https' | 'http';
      readonly host: string;
      readonly port: number;
      /** Without the credential. */
      readonly url: string;
      /** `user:password`, decoded. */
      readonly credential?: string;
    }
  | {
      readonly protocol: 'git';
      readonly host: string;
      readonly port: number;
      readonly url: string;
      readonly path: string;
    }
  | {
      readonly protocol: 'ssh';
      readonly host: string;
      readonly port: number;
      readonly url: string;
      readonly user?: string;
      /** As the command of the other side is told it. */
      readonly path: string;
    }
  | { readonly protocol: 'file'; readonly path: string };

export type HttpUrl = Extract<RemoteUrl, { protocol: 'https' | 'http' }>;

const MAX_LENGTH = 2_048;
const MAX_QUERIED_LENGTH = 16_384;
const NAME = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?';
const HOST = `(?<host>${NAME}|\\[[0-9A-Fa-f:.]+\\])`;
const USER = '[A-Za-z0-9._~!$&+,;=%-]';
const HTTP = new RegExp(
  `^(?<scheme>https?)://(?:(?<user>(?!-)${USER}+(?::${USER}*)?)@)?${HOST}(?::(?<port>\\d{1,5}))?(?<path>/[^?#]*)?$`,
);
const GIT = new RegExp(`^git://${HOST}(?::(?<port>\\d{1,5}))?(?<path>/[^?#]+)$`);
const SSH = new RegExp(
  `^ssh://(?:(?<user>(?!-)[A-Za-z0-9._+-]+)@)?${HOST}(?::(?<port>\\d{1,5}))?(?<path>/[^?#]+)$`,
);
const SCP = new RegExp(`^(?:(?<user>(?!-)[A-Za-z0-9._+-]+)@)?${HOST}:(?<path>(?![-:])[^:][^?#]*)$`);

/**
 * Takes a URL apart by a grammar that is narrower than git's, curl's and ssh's, so that all of them read it as we do:
 * no transport helper (`ext::`), nothing that could be an option, no name that only one of them understands.
 *
 * @throws ServerError `operation_failed` with `details.reason: 'invalid-url'`
 */
export function parseRemoteUrl(url: string): RemoteUrl {
  // eslint-disable-next-line no-control-regex
  if (url === '' || url.length > MAX_LENGTH || /[\u0000-\u0020\u007f\\]/.test(url)) throw invalid();
  const parsed = localUrl(url) ?? httpUrl(url) ?? gitUrl(url) ?? sshUrl(url);
  if (parsed) return parsed;
  throw invalid();
}

/**
 * As `parseRemoteUrl`, of what a server says where something of it is. That is longer, and has a query.
 *
 * @returns `path`: with the query, in the letters that HTTP knows
 * @throws ServerError as `parseRemoteUrl`, also for other protocols
 */
export function parseHttpUrl(url: string): { readonly remote: HttpUrl; readonly path: string } {
  const [, base = '', query = ''] = /^([^?#]*)(\?[^#]*)?$/.exec(url) ?? [];
  // eslint-disable-next-line no-control-regex
  const isOdd = url.length > MAX_QUERIED_LENGTH || /[\u0000-\u0020\u007f\\]/.test(url);
  const remote = isOdd ? undefined : httpUrl(base);
  if (remote === undefined) throw invalid();
  const path = remote.url.split('/').slice(3).join('/');
  // The host is read by the grammar alone.
  const { pathname, search } = new URL(`http://host/${path}${query}`);
  return { remote, path: pathname + search };
}

function localUrl(url: string): RemoteUrl | undefined {
  if (url.startsWith('/')) return { protocol: 'file', path: url };
  if (!url.startsWith('file://')) return undefined;
  try {
    return { protocol: 'file', path: fileURLToPath(url) };
  } catch {
    throw invalid();
  }
}

function httpUrl(url: string): HttpUrl | undefined {
  const groups = HTTP.exec(url)?.groups;
  if (!groups) return undefined;
  const { scheme, host = '', port, user, path = '/' } = groups;
  const protocol = scheme === 'http' ? 'http' : 'https';
  return {
    protocol,
    host: bare(host),
    port: portOf(port, protocol === 'http' ? 80 : 443),
    url: `${protocol}://${host}${port === undefined ? '' : `:${port}`}${path}`,
    ...(user !== undefined && { credential: decoded(user) }),
  };
}

function gitUrl(url: string): RemoteUrl | undefined {
  const groups = GIT.exec(url)?.groups;
  if (!groups) return undefined;
  const { host = '', port, path = '/' } = groups;
  return { protocol: 'git', host: bare(host), port: portOf(port, 9_418), url, path };
}

function sshUrl(url: string): RemoteUrl | undefined {
  const groups = SSH.exec(url)?.groups ?? (url.includes('://') ? undefined : SCP.exec(url)?.groups);
  if (!groups) return undefined;
  const { host = '', port, user, path = '' } = groups;
  const place = { host: bare(host), port: portOf(port, 22), path };
  return { protocol: 'ssh', ...place, url, ...(user !== undefined && { user }) };
}

function portOf(text: string | undefined, usual: number): number {
  const port = text === undefined ? usual : Number(text);
  if (port < 1 || port > 65_535) throw invalid();
  return port;
}

function decoded(user: string): string {
  try {
    const credential = user.split(':').map(decodeURIComponent).join(':');
    // Each part of it is a line for git.
    if (!['\0', '\r', '\n'].some((end) => credential.includes(end))) return credential;
  } catch {
    // Not UTF-8.
  }
  throw invalid();
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase();
}

function invalid(): ServerError {
  const message =
    'That is no URL of a remote: give https://host/path, ssh://user@host/path, user@host:path, ' +
    'or the absolute path of a repository inside git.roots';
  return refused('invalid-url', message);
}

/** What may be shown of a URL, whether it is valid or not. */
export function maskUrl(url: string): string {
  return url.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^/@]*@/, (all, scheme: string) => {
    // The user of ssh is no secret, and part of what the remote is.
    return scheme.toLowerCase() === 'ssh://' && !all.slice(scheme.length).includes(':')
      ? all
      : `${scheme}***@`;
  });
}
