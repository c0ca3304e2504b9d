import { type Change } from './snapshot.js';

/** A submodule that is checked out. */
export interface SubmoduleFact {
  readonly name: string;
  /** What its `.git` says of where its repository is. */
  readonly link: string;
  /** A commit, or `ref: <name>`. */
  readonly head: string;
  readonly commit: string;
  /** It has changes, which the log does not keep. */
  readonly dirty: boolean;
  /** They are no others than that files are missing. */
  readonly partial?: true;
  /** Other ones are checked out in it, which go with its files and do not come back. */
  readonly nested?: true;
  /** It has files that are ignored, which do not come back. */
  readonly ignored: boolean;
  /** Digest of its refs. */
  readonly refs: string;
  /** Its repository, as `placeOf` gives it. */
  readonly place?: string;
}

function submoduleFact(text: string | null): SubmoduleFact | null {
  return text === null ? null : (JSON.parse(text) as SubmoduleFact);
}

export interface SubmoduleChange {
  readonly path: string;
  readonly from: SubmoduleFact | null;
  readonly to: SubmoduleFact | null;
  /** It is none any more afterwards: its repository goes too. */
  readonly isLast: boolean;
}

interface SubmodulesAndIndex {
  readonly submodules: readonly Change[];
  readonly index: readonly Change[];
}

export function submoduleChanges({ submodules, index }: SubmodulesAndIndex): readonly SubmoduleChange[] {
  const entries = new Map(index.map((change) => [change.name, change]));
  return submodules.map(({ name, from, to }) => ({
    path: Buffer.from(name, 'latin1').toString(),
    from: submoduleFact(from),
    to: submoduleFact(to),
    isLast: to === null && entries.get(name)?.to === null,
  }));
}

/** Where its repository, or its files, stay, what has come into these meanwhile does not count. */
export function isSameFact(
  one: SubmoduleFact | null,
  other: SubmoduleFact | null,
  { to, isLast }: Pick<SubmoduleChange, 'to' | 'isLast'>,
): boolean {
  if (one === null || other === null) return one === other;
  const rest = { place: '', ...(isLast ? {} : { refs: '' }), ...(to === null ? {} : { nested: true }) };
  const [text, wanted] = [one, other].map((fact) => Object.entries({ ...fact, ...rest }).toSorted(byName));
  return JSON.stringify(text) === JSON.stringify(wanted);
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

/** Whether it holds what does not come back once it is gone. */
export function isLostWith(text: string | null): boolean {
  const fact = submoduleFact(text);
  return fact !== null && (fact.dirty || fact.ignored || fact.nested === true);
}

/** Files come or go one after the other, its `.git` first or last; then HEAD is put on its branch. */
export function isSubmoduleOnTheWay(now: string | null, { from, to }: Change): boolean {
  if (now === from || now === to) return true;
  const is = submoduleFact(now);
  if (is === null) return false;
  const sides = [from, to].map(submoduleFact).filter((side) => side !== null);
  return sides.some(
    ({ name, commit, head }) =>
      is.name === name &&
      is.commit === commit &&
      [head, commit].includes(is.head) &&
      (!is.dirty || is.partial === true),
  );
}
