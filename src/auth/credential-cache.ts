import { createHash } from 'node:crypto';

import { type Credential } from './credential.js';

/** Credentials by the digest of their token, so that a dump of the memory holds no token. The oldest makes room. */
export class CredentialCache {
  private readonly entries = new Map<string, Credential>();

  constructor(private readonly max: number) {}

  get size(): number {
    return this.entries.size;
  }

  /** @returns nothing where the token is not known, or has expired at `nowMs` */
  get(token: string, nowMs: number): Credential | undefined {
    const key = digestOf(token);
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.entries.delete(key);
    if (entry.expiresAtMs <= nowMs) return undefined;
    this.entries.set(key, entry);
    return entry;
  }

  /** @returns what is kept: the first of several credentials of one token */
  keep(token: string, credential: Credential): Credential {
    const key = digestOf(token);
    const known = this.entries.get(key);
    if (known !== undefined) return known;
    const oldest = this.entries.keys().next();
    if (this.entries.size >= this.max && !oldest.done) this.entries.delete(oldest.value);
    this.entries.set(key, credential);
    return credential;
  }
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
