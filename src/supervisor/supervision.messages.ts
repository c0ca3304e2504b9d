/** What the server tells its supervisor. */
export type FromServer =
  | { readonly kind: 'ready' }
  /** An operator has asked the server for a restart. */
  | { readonly kind: 'restart' };

/** What the supervisor tells the server: to end as before a restart. */
export interface ToServer {
  readonly kind: 'drain';
}
