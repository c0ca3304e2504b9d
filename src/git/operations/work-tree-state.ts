import { type Change } from './snapshot.js';
import { isLostWith, isSubmoduleOnTheWay } from './submodule-facts.js';

/** What a linked work tree holds beyond a clean checkout of its commit. */
export interface WorkTreeState {
  /** A commit, or `ref: <name>`. */
  readonly head: string;
  readonly commit: string;
  /** As in a `Delta`, from a clean checkout. */
  readonly progress: readonly Change[];
  readonly index: readonly Change[];
  readonly files: readonly Change[];
  /** Those that are checked out, as in a `Delta`. */
  readonly submodules: readonly Change[];
  /** The folder of their repositories, as `placeOf` gives it; `null` where there is none. */
  readonly modules: string | null;
}

/** Why it cannot be brought back. */
export interface UnkeptWorkTree {
  readonly unkept:
    'unborn' | 'own-refs' | 'own-configuration' | 'submodules' | 'index' | 'too-large' | 'unreadable';
}

type Written = WorkTreeState | UnkeptWorkTree;

/** The same for the same state. */
export function stateText(state: Written): string {
  if ('unkept' in state) return JSON.stringify(state);
  const { head, commit, progress, index, files, submodules, modules } = state;
  return JSON.stringify({
    head,
    commit,
    progress: sorted(progress),
    index: sorted(index),
    files: sorted(files),
    // Most have none.
    ...(submodules.length > 0 && { submodules: sorted(submodules) }),
    ...(modules !== null && { modules }),
  });
}

/** @returns an empty one for what is not kept */
export function stateOf(text: string): WorkTreeState {
  const written = JSON.parse(text) as Written;
  const nothing = { head: '', commit: '', progress: [], index: [], files: [], submodules: [], modules: null };
  return 'unkept' in written ? nothing : { ...nothing, ...written };
}

export function unkeptPart(text: string): string | undefined {
  const written = JSON.parse(text) as Written;
  if ('unkept' in written) return written.unkept;
  return stateOf(text).submodules.some(({ to }) => isLostWith(to)) ? 'submodules' : undefined;
}

/** Repositories of submodules that are not checked out do not count: they are kept where the work tree goes. */
export function isSameState(now: string | null, wanted: string | null): boolean {
  if (now === wanted || now === null || wanted === null) return now === wanted;
  if ([now, wanted].some((text) => unkeptPart(text) !== undefined)) return false;
  const [is, other] = [stateOf(now), stateOf(wanted)];
  return is.submodules.length === 0 && stateText({ ...is, modules: other.modules }) === wanted;
}

/**
 * Whether a work tree that is on the way to or from this state holds something else: another commit, or a file or
 * submodule that is neither of a clean checkout nor of the state.
 */
export function isForeignTo({ commit, files, submodules }: WorkTreeState, now: string): boolean {
  const is = stateOf(now);
  const inner = new Map(submodules.map((change) => [change.name, change]));
  const isWorked = is.submodules.some(({ name, from, to }) => {
    return !isSubmoduleOnTheWay(to, inner.get(name) ?? { name, from, to: null });
  });
  if (isWorked || is.commit === '') return true;
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
