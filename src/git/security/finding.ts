/**
 * `runs` a program; `reads` or writes files that are not the repository's; `leads` to another place than it seems;
 * `exposes` a secret.
 */
export type Danger = 'runs' | 'reads' | 'leads' | 'exposes';

/**
 * What this server does about it. `neutralised`: it is switched off for each call. `refused`: calls that would meet it
 * fail. `unused`: no tool here does what would meet it. `active`: it counts, since an operator trusts the repository.
 * `shown`: it stands there for whoever reads the file.
 */
export type Treatment = 'neutralised' | 'refused' | 'unused' | 'active' | 'shown';

/** Something in a repository that would harm whoever uses it with plain git, or leaks. */
export interface SecurityFinding {
  readonly source: 'config' | 'hook' | 'attributes' | 'layout' | 'submodule' | 'remote' | 'worktree';
  /** A key, or a path relative to the work tree or to git's folder. */
  readonly subject: string;
  readonly danger: Danger;
  /** What plain git would do. */
  readonly effect: string;
  readonly treatment: Treatment;
  /** How. */
  readonly how: string;
  /** Of a key: what it names, cut. Never a secret. */
  readonly value?: string;
}
