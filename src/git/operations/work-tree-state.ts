import { type Change } from './snapshot.js';

/** What a linked work tree holds beyond a clean checkout of its commit. */
export interface WorkTreeState {
  /** A commit, or `ref: <name>`. */
  readonly head: string;
  readonly commit: string;
  /** As in a `Delta`, from a clean checkout. */
  readonly progress: readonly Change[];
  readonly index: readonly Change[];
  readonly files: readonly Change[];
}

/** Why it cannot be brought back. */
export interface UnkeptWorkTree {
  readonly unkept: 'unborn' | 'own-refs' | 'own-configuration' | 'submodules' | 'index' | 'too-large';
}

type Written = WorkTreeState | UnkeptWorkTree;

/** The same for the same state. */
export function stateText(state: Written): string {
  if ('unkept' in state) return JSON.stringify(state);
  const { head, commit, progress, index, files } = state;
  return JSON.stringify({
    head,
    commit,
    progress: sorted(progress),
    index: sorted(index),
    files: sorted(files),
  });
}

/** @returns an empty one for what is not kept */
export function stateOf(text: string): WorkTreeState {
  const written = JSON.parse(text) as Written;
  return 'unkept' in written ? { head: '', commit: '', progress: [], index: [], files: [] } : written;
}

export function unkeptPart(text: string): string | undefined {
  const written = JSON.parse(text) as Written;
  return 'unkept' in written ? written.unkept : undefined;
}

/**
 * Whether a work tree that is on the way to or from this state holds something else: another commit, or a file that is
 * neither of a clean checkout nor of the state.
 */
export function isForeignTo({ commit, files }: WorkTreeState, now: string): boolean {
  if (unkeptPart(now) !== undefined) return true;
  const is = stateOf(now);
  const known = new Map(files.map(({ name, to }) => [name, to]));
  const isOurs = ({ name, to }: Change) =>
    to === 'absent' || to?.startsWith('clean ') || known.get(name) === to;
  return is.commit !== commit || !is.files.every(isOurs);
}

type Part = Pick<WorkTreeState, 'progress' | 'index' | 'files'>;

/** What leads from one state of a checkout of a commit to another one. */
export function changesToState(now: WorkTreeState, wanted: WorkTreeState): Part {
  return {
    progress: joined(now.progress, wanted.progress),
    index: joined(now.index, wanted.index),
    files: joined(now.files, wanted.files),
  };
}

function joined(now: readonly Change[], wanted: readonly Change[]): readonly Change[] {
  const is = new Map(now.map((change) => [change.name, change]));
  const to = new Map(wanted.map((change) => [change.name, change]));
  return [...new Set([...is.keys(), ...to.keys()])].flatMap((name) => {
    const [before, after] = [is.get(name), to.get(name)];
    // Where only one of them differs from the clean checkout, the other one is as that is.
    const change = {
      name,
      from: (before ? before.to : after?.from) ?? null,
      to: (after ? after.to : before?.from) ?? null,
    };
    return change.from === change.to ? [] : [change];
  });
}

function sorted(changes: readonly Change[]): readonly Change[] {
  return changes.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
