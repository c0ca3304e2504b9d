import { Logger } from '@nestjs/common';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';

import { type JwtConfig } from '../config/sections/index.js';
import { type Clock } from '../shared/clock.js';
import { ServerError } from '../shared/errors/index.js';
import { type Credential, type CredentialVerifier, notAuthenticated } from './credential.js';
import { CredentialCache } from './credential-cache.js';
import { principalOfClaims } from './jwt-claims.js';

/** Tokens in use at once that need no second look; an entry is some 500 bytes. */
const MAX_REMEMBERED = 10_000;
const RETRY_AFTER_MS = 5_000;

/**
 * Access tokens of one authorization server: signature by one of its public keys, issuer, audience, times. What was
 * verified once is remembered until it expires.
 */
export class JwtVerifier implements CredentialVerifier {
  private readonly logger = new Logger(JwtVerifier.name);
  private readonly remembered = new CredentialCache(MAX_REMEMBERED);
  private readonly keys: JWTVerifyGetKey;

  constructor(
    private readonly config: JwtConfig,
    private readonly clock: Clock,
  ) {
    this.keys = createRemoteJWKSet(new URL(config.jwksUri), {
      timeoutDuration: config.timeout,
      cooldownDuration: config.cooldown,
      cacheMaxAge: config.keysMaxAge,
    });
  }

  verify(token: string): Credential | Promise<Credential> {
    return this.remembered.get(token, this.clock.nowMs()) ?? this.examine(token);
  }

  private async examine(token: string): Promise<Credential> {
    const claims = await this.claimsOf(token);
    const principal = principalOfClaims(claims, this.config.scopeClaim);
    if (principal === undefined || claims.exp === undefined) throw notAuthenticated();
    return this.remembered.keep(token, {
      principal,
      expiresAtMs: claims.exp * 1_000 + this.config.clockTolerance,
    });
  }

  private async claimsOf(token: string): Promise<JWTPayload> {
    const { issuer, audience, algorithms, clockTolerance } = this.config;
    try {
      const { payload } = await jwtVerify(token, this.keys, {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: clockTolerance / 1_000,
        currentDate: new Date(this.clock.nowMs()),
        requiredClaims: ['exp'],
      });
      return payload;
    } catch (error) {
      throw this.refusal(error);
    }
  }

  // What is wrong with the token is told to the operator, by jose's name for it. jose's text may hold claims.
  private refusal(error: unknown): ServerError {
    const reason = error instanceof errors.JOSEError ? error.code : 'fetch failed';
    if (isFaultOfToken(error)) {
      this.logger.debug('A token was refused', { reason });
      return notAuthenticated(error);
    }
    this.logger.warn('The keys of the issuer could not be fetched', { reason });
    return new ServerError(
      'temporary_resource_unavailable',
      'the token cannot be checked now: the keys of its issuer cannot be fetched; try again later',
      { retryAfterMs: RETRY_AFTER_MS, cause: error },
    );
  }
}

// The set of keys itself fails with the plain JOSEError, JWKSTimeout and JWKSInvalid, fetch with a TypeError.
function isFaultOfToken(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return false;
  return !['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'].includes(error.code);
}
