/** Names are bytes, one character each (latin1): a path or ref need not be UTF-8. */
export type Facts = ReadonlyMap<string, string>;

/** How much of a repository is looked at; each includes the ones before it. */
export const DEPTHS = ['refs', 'index', 'worktree', 'everything'] as const;
/** `everything` takes in the ignored files too. */
export type Depth = (typeof DEPTHS)[number];

/** The state of a repository, as far as it was looked at. Each value is compared as text. */
export interface Snapshot {
  readonly depth: Depth;
  /** An object id, or `ref: <name>` for a symbolic one. HEAD is among them. */
  readonly refs: Facts;
  /** `<id> <message>`, newest first. */
  readonly stashes: readonly string[];
  /** Files that an unfinished operation consists of, by their name in git's folder; and what a sparse checkout does. */
  readonly progress: Facts;
  /** Of the configuration, as far as tools change it; values as `settingFacts` gives them. */
  readonly settings: Facts;
  /** Of linked work trees `<name>/head`; where that was asked for also `<name>/path`, `<name>/locked`, of some `<name>/state`. */
  readonly worktrees: Facts;
  /** Of submodules, where that was asked for: what is checked out, by path. */
  readonly submodules: Facts;
  /** What git writes down of linked work trees, where that was asked for: as `AdminFiles` gives it. */
  readonly adminFiles: Facts;
  /** All stages of a path: lines of `<mode> <id> <stage><flags>`. */
  readonly index: Facts;
  /**
   * Files that differ from the index or are not in it: `<mode> <id>` with all bits of the mode and the id that the content
   * has as it is, without filters; `absent` for a tracked one that is gone.
   */
  readonly files: Facts;
}

const NOTHING: Facts = new Map();

export const NOTHING_SEEN: Snapshot = {
  depth: 'refs',
  refs: NOTHING,
  stashes: [],
  progress: NOTHING,
  settings: NOTHING,
  worktrees: NOTHING,
  submodules: NOTHING,
  adminFiles: NOTHING,
  index: NOTHING,
  files: NOTHING,
};

/** One name whose value is another one afterwards; `null` where there is none. */
export interface Change {
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
}

export function changesBetween(before: Facts, after: Facts): readonly Change[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap((name) => {
    const change = { name, from: before.get(name) ?? null, to: after.get(name) ?? null };
    return change.from === change.to ? [] : [change];
  });
}

/** The changes from what is there now. */
export function startingAt(changes: readonly Change[], now: Facts): readonly Change[] {
  return changes.map((change) => ({ ...change, from: now.get(change.name) ?? null }));
}

/** What a path of the work tree holds: `absent`, `clean <entry>` where it is as the index has it, or `<mode> <id>`. */
export function fileAt({ index, files }: Pick<Snapshot, 'index' | 'files'>, path: string): string {
  const entry = index.get(path);
  return files.get(path) ?? (entry === undefined ? 'absent' : `clean ${entry}`);
}
