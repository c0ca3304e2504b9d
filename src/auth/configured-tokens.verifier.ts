import { createHash, timingSafeEqual } from 'node:crypto';

import { type AuthConfig } from '../config/sections/index.js';
import { type Credential, type CredentialVerifier, notAuthenticated } from './credential.js';

interface KnownToken extends Credential {
  readonly digest: Buffer;
}

/** The tokens of `auth.tokens`, known by their SHA-256 digest only. */
export class ConfiguredTokensVerifier implements CredentialVerifier {
  private readonly known: readonly KnownToken[];

  constructor({ tokens }: AuthConfig) {
    this.known = tokens.map(({ name, sha256, scopes, expires }) => ({
      digest: Buffer.from(sha256, 'hex'),
      principal: Object.freeze({ name, scopes: new Set(scopes), digest: sha256 }),
      expiresAtMs: expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires),
    }));
  }

  // Every digest is compared, also after a match: how long it takes says nothing about which one matched.
  verify(token: string): Credential {
    const digest = createHash('sha256').update(token).digest();
    let found: Credential | undefined;
    for (const known of this.known) {
      if (timingSafeEqual(known.digest, digest)) found = known;
    }
    if (found === undefined) throw notAuthenticated();
    return found;
  }
}
