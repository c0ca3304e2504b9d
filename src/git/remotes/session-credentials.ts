import { AsyncLocalStorage } from 'node:async_hooks';

/** What a session shows a host. Lives in memory, for as long as the session does. */
export interface SessionCredential {
  /** As in `git.credentials`: in lower case, with `:port` where it is not the usual one. */
  readonly host: string;
  readonly username?: string;
  readonly secret: string;
}

const current = new AsyncLocalStorage<readonly SessionCredential[]>();

/** Runs the work of one call so that what it sends to hosts has these credentials, and nobody else's call has. */
export function withCredentials<T>(credentials: readonly SessionCredential[], work: () => T): T {
  // Entered even where there are none: work that another session's call has begun must not hand its own on.
  return current.run(credentials, work);
}

export function credentialOfSession(hosts: ReadonlySet<string>): SessionCredential | undefined {
  return current.getStore()?.find(({ host }) => hosts.has(host));
}
