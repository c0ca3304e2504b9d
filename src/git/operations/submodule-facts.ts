import { type Delta } from './delta.js';

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
  /** It has files that are ignored, which do not come back. */
  readonly ignored: boolean;
  /** Digest of its refs. */
  readonly refs: string;
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

export function submoduleChanges({
  submodules,
  index,
}: Pick<Delta, 'submodules' | 'index'>): readonly SubmoduleChange[] {
  const entries = new Map(index.map((change) => [change.name, change]));
  return submodules.map(({ name, from, to }) => ({
    path: Buffer.from(name, 'latin1').toString(),
    from: submoduleFact(from),
    to: submoduleFact(to),
    isLast: to === null && entries.get(name)?.to === null,
  }));
}

/** Where it loses nothing with its repository, what has come into that meanwhile does not count. */
export function isSameFact(
  one: SubmoduleFact | null,
  other: SubmoduleFact | null,
  withRefs: boolean,
): boolean {
  if (one === null || other === null) return one === other;
  const rest = withRefs ? {} : { refs: '' };
  return JSON.stringify({ ...one, ...rest }) === JSON.stringify({ ...other, ...rest });
}
