/** One thing that a call would change. */
export interface PlanEffect {
  /** A verb: `create`, `update`, `delete`, `move`, `stage`, `unstage`, `commit`, `overwrite`. */
  readonly action: string;
  /** A full ref name, `HEAD`, or a path relative to the top of the work tree. */
  readonly subject: string;
  /** Object id, ref or other value before; `null` where there was nothing. Absent where no value is known. */
  readonly from?: string | null;
  readonly to?: string | null;
}

/**
 * What a run would do, found out without changing anything. A plan token is made of the effects: they are the same as
 * long as a run would do the same, and differ when it would not.
 */
export interface Plan {
  /** For people and models; the first line says it all. */
  readonly text: string;
  readonly effects: readonly PlanEffect[];
}

/**
 * How much the operation log keeps of the state before, to be able to go back to it: `refs`, HEAD and settings; those and the
 * `index`; those and the `worktree`, where a call may overwrite or delete files; `everything` where those may be ignored
 * ones; `worktrees` where linked work trees change, with refs; `bisect` where it is those of bisections; `submodules` where what is checked out in them does; `new-submodule` with the work tree; `settings` alone, of the repository and of submodules; `gone-worktrees` where git forgets linked work trees that are gone, `worktree-links` where it finds moved ones again; `nothing` where no state of the repository changes; `elsewhere` where what changes is none of these.
 */
export type Keeps =
  | 'refs'
  | 'index'
  | 'worktree'
  | 'everything'
  | 'worktrees'
  | 'submodules'
  | 'new-submodule'
  | 'settings'
  | 'gone-worktrees'
  | 'bisect'
  | 'worktree-links'
  | 'nothing'
  | 'elsewhere';
