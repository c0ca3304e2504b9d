/** A repository that the policy of paths has let through. All paths are real and absolute, inside the roots. */
export interface Repository {
  /** The work tree, or the repository itself when it is bare. Commands run here. */
  readonly path: string;
  readonly gitDir: string;
  /** Shared by all work trees of a repository: what the writer lock is taken on. */
  readonly commonDir: string;
  readonly bare: boolean;
  readonly objectFormat: 'sha1' | 'sha256';
  readonly refFormat: 'files' | 'reftable';
  /**
   * `trusted`: the operator lets the repository's own hooks, filters, merge drivers and signing programs run
   * (`git.trustedRoots`). `untrusted`: nothing that it names runs.
   */
  readonly trust: 'untrusted' | 'trusted';
}
