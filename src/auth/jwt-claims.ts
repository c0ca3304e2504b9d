import { type JWTPayload } from 'jose';

import { type Principal, type Scope, SCOPES } from '../shared/principal.js';

const MAX_NAME_LENGTH = 256;

/**
 * Who the claims speak of. Scopes that are not ours are passed over: they are meant for others.
 *
 * @param scopeClaim `''`: `scope` (RFC 9068), else `scp`, as some servers call it
 * @returns nothing where no claim names anybody: an anonymous token belongs to nobody
 */
export function principalOfClaims(claims: JWTPayload, scopeClaim: string): Principal | undefined {
  const name = textOf(claims.sub) ?? textOf(claims['client_id']) ?? textOf(claims['azp']);
  if (name === undefined || claims.iss === undefined) return undefined;
  const granted = scopeClaim === '' ? (claims['scope'] ?? claims['scp']) : claims[scopeClaim];
  return Object.freeze({ name, scopes: new Set(scopesOf(granted)), issuer: claims.iss });
}

function scopesOf(claim: unknown): Scope[] {
  const words: unknown = typeof claim === 'string' ? claim.split(' ') : claim;
  return Array.isArray(words) ? SCOPES.filter((scope) => words.includes(scope)) : [];
}

function textOf(claim: unknown): string | undefined {
  return typeof claim === 'string' && claim !== '' && claim.length <= MAX_NAME_LENGTH ? claim : undefined;
}
