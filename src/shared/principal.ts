export const SCOPES = ['git:read', 'git:write', 'git:network', 'admin'] as const;

/** What a caller may do. `admin` does not imply the others. */
export type Scope = (typeof SCOPES)[number];

/** Who is calling. One frozen object per configured token, shared by all of its sessions. */
export interface Principal {
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
}
