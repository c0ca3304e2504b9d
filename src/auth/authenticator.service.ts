import { Inject, Injectable } from '@nestjs/common';

import { AuthConfig } from '../config/sections/index.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { type Principal, SCOPES } from '../shared/principal.js';
import { ConfiguredTokensVerifier } from './configured-tokens.verifier.js';
import { type Credential, type CredentialVerifier, notAuthenticated } from './credential.js';
import { JwtVerifier } from './jwt.verifier.js';

/** Everyone, where `auth.mode` is `none`. */
export const ANONYMOUS: Principal = Object.freeze({ name: 'anonymous', scopes: new Set(SCOPES) });

const ANYBODY: Credential = { principal: ANONYMOUS, expiresAtMs: Number.POSITIVE_INFINITY };

/** Who a bearer token belongs to, the same behind every door. */
@Injectable()
export class Authenticator {
  private readonly verifier: CredentialVerifier;
  private readonly expiries = new WeakMap<Principal, number>();

  constructor(
    private readonly config: AuthConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.verifier =
      config.mode === 'jwt' ? new JwtVerifier(config.jwt, clock) : new ConfiguredTokensVerifier(config);
  }

  /** Whether callers must show a token before anything but `ping` and `initialize` is served. */
  get required(): boolean {
    return this.config.mode !== 'none';
  }

  /**
   * @param token what the caller gave; ignored where `auth.mode` is `none`
   * @returns one frozen object per token, shared by all of its sessions; a promise only where the keys of an
   *   issuer have to be consulted, so that a client need not wait between `initialize` and what follows it
   * @throws ServerError `authentication_failed`, with the same text whatever is wrong with the token;
   *   `temporary_resource_unavailable` where the keys cannot be fetched
   */
  authenticate(token: string): Principal | Promise<Principal> {
    const credential = this.credential(token);
    if (credential instanceof Promise) return credential.then(({ principal }) => principal);
    return credential.principal;
  }

  /** As `authenticate`, with the time at which the token expires. */
  credential(token: string): Credential | Promise<Credential> {
    if (!this.required) return ANYBODY;
    const verified = this.verifier.verify(token);
    return verified instanceof Promise ? verified.then((one) => this.accept(one)) : this.accept(verified);
  }

  /** Whether the token behind a principal is still good: a socket may outlive it. */
  valid(principal: Principal): boolean {
    const expiresAtMs = this.expiries.get(principal);
    return expiresAtMs === undefined || expiresAtMs > this.clock.nowMs();
  }

  private accept(credential: Credential): Credential {
    const { principal, expiresAtMs } = credential;
    if (expiresAtMs <= this.clock.nowMs()) throw notAuthenticated();
    if (expiresAtMs !== Number.POSITIVE_INFINITY) this.expiries.set(principal, expiresAtMs);
    return credential;
  }
}
