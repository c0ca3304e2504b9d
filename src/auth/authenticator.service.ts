import { createHash, timingSafeEqual } from 'node:crypto';

import { Inject, Injectable } from '@nestjs/common';

import { AuthConfig } from '../config/sections/index.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { ServerError } from '../shared/errors/index.js';
import { type Principal, SCOPES } from '../shared/principal.js';

/** Everyone, where `auth.mode` is `none`. */
export const ANONYMOUS: Principal = Object.freeze({ name: 'anonymous', scopes: new Set(SCOPES) });

interface Credential {
  readonly digest: Buffer;
  readonly principal: Principal;
  readonly expiresAtMs: number;
}

/** Who a bearer token belongs to. Tokens are known by their SHA-256 digest only. */
@Injectable()
export class Authenticator {
  private readonly credentials: readonly Credential[];
  private readonly expiries: ReadonlyMap<Principal, number>;

  constructor(
    private readonly config: AuthConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.credentials = config.tokens.map(({ name, sha256, scopes, expires }) => ({
      digest: Buffer.from(sha256, 'hex'),
      principal: Object.freeze({ name, scopes: new Set(scopes) }),
      expiresAtMs: expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires),
    }));
    this.expiries = new Map(this.credentials.map(({ principal, expiresAtMs }) => [principal, expiresAtMs]));
  }

  /** Whether callers must show a token before anything but `ping` and `initialize` is served. */
  get required(): boolean {
    return this.config.mode !== 'none';
  }

  /**
   * @param token what the caller gave; ignored where `auth.mode` is `none`
   * @returns one frozen object per configured token, shared by all of its sessions
   * @throws ServerError `authentication_failed`, with the same text for an unknown and an expired token
   */
  authenticate(token: string): Principal {
    if (!this.required) return ANONYMOUS;
    const known = this.find(createHash('sha256').update(token).digest());
    if (known === undefined || known.expiresAtMs <= this.clock.nowMs()) {
      throw new ServerError(
        'authentication_failed',
        'the token is not known or has expired; ask the operator for a valid one',
      );
    }
    return known.principal;
  }

  /** Whether the token behind a principal is still good: a socket may outlive it. */
  valid(principal: Principal): boolean {
    const expiresAtMs = this.expiries.get(principal);
    return (
      expiresAtMs === undefined ||
      expiresAtMs === Number.POSITIVE_INFINITY ||
      expiresAtMs > this.clock.nowMs()
    );
  }

  // Every digest is compared, also after a match: how long it takes says nothing about which one matched.
  private find(digest: Buffer): Credential | undefined {
    let found: Credential | undefined;
    for (const credential of this.credentials) {
      if (timingSafeEqual(credential.digest, digest)) found = credential;
    }
    return found;
  }
}
