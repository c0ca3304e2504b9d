import { createHash } from 'node:crypto';

export const SCOPES = ['git:read', 'git:write', 'git:network', 'admin'] as const;

/** What a caller may do. `admin` does not imply the others. */
export type Scope = (typeof SCOPES)[number];

/** Who is calling. One frozen object per token, shared by all of its sessions. */
export interface Principal {
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Who vouches for the name; absent for configured tokens. */
  readonly issuer?: string;
  /** Of a configured token: its digest, which tells it from another one of the same name. */
  readonly digest?: string;
}

/**
 * Whether what belongs to one may be used by the other. A subject of an authorization server is the same with each
 * of its tokens; configured tokens are different callers even where the operator gave them one name.
 */
export function isSamePrincipal(one: Principal, other: Principal): boolean {
  if (one === other) return true;
  return one.issuer !== undefined && one.issuer === other.issuer && one.name === other.name;
}

/** The same for principals that are the same, in this process and the next; says nothing of who it is. */
export function principalKey(principal: Principal): string {
  const key = keys.get(principal) ?? keyOf(principal);
  keys.set(principal, key);
  return key;
}

/** Each call asks for one. */
const keys = new WeakMap<Principal, string>();

function keyOf({ name, issuer, digest }: Principal): string {
  const text = JSON.stringify([issuer ?? null, digest ?? null, name]);
  return createHash('sha256').update(text).digest('hex');
}
