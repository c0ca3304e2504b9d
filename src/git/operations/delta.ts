import { type Change, changesBetween, DEPTHS, fileAt, type Snapshot } from './snapshot.js';

/** What an operation did, in a form that can be turned round. */
export interface Delta {
  readonly refs: readonly Change[];
  readonly stashes: { readonly from: readonly string[]; readonly to: readonly string[] } | null;
  readonly progress: readonly Change[];
  readonly settings: readonly Change[];
  readonly index: readonly Change[];
  /** Values as `fileAt` gives them. */
  readonly files: readonly Change[];
}

export const NO_CHANGE: Delta = {
  refs: [],
  stashes: null,
  progress: [],
  settings: [],
  index: [],
  files: [],
};

/** Of two snapshots of the same depth. */
export function deltaOf(before: Snapshot, after: Snapshot): Delta {
  const index = changesBetween(before.index, after.index);
  const isSame = before.stashes.join('\n') === after.stashes.join('\n');
  return {
    refs: changesBetween(before.refs, after.refs),
    stashes: isSame ? null : { from: before.stashes, to: after.stashes },
    progress: changesBetween(before.progress, after.progress),
    settings: changesBetween(before.settings, after.settings),
    index,
    files: DEPTHS.indexOf(before.depth) < DEPTHS.indexOf('worktree') ? [] : fileChanges(before, after, index),
  };
}

export function isNothing({ stashes, ...lists }: Delta): boolean {
  return stashes === null && Object.values(lists).every((changes) => changes.length === 0);
}

function changed(changes: readonly Change[]): readonly Change[] {
  return changes.filter(({ from, to }) => from !== to);
}

function turned(changes: readonly Change[]): readonly Change[] {
  return changes.map(({ name, from, to }) => ({ name, from: to, to: from }));
}

export function reversed({ refs, stashes, progress, settings, index, files }: Delta): Delta {
  return {
    refs: turned(refs),
    stashes: stashes && { from: stashes.to, to: stashes.from },
    progress: turned(progress),
    settings: turned(settings),
    index: turned(index),
    files: turned(files),
  };
}

/** Without what is at `to` already. */
export function changesOnly({ refs, stashes, progress, settings, index, files }: Delta): Delta {
  const isSame = stashes?.from.join('\n') === stashes?.to.join('\n');
  return {
    refs: changed(refs),
    stashes: isSame ? null : stashes,
    progress: changed(progress),
    settings: changed(settings),
    index: changed(index),
    files: changed(files),
  };
}

/** Ids of the blobs that the content of files is, on either side. */
export function fileBlobs({ files }: Delta): ReadonlySet<string> {
  const values = files.flatMap(({ from, to }) => [from, to]);
  return new Set(values.flatMap((value) => /^\d+ ([0-9a-f]+)$/.exec(value ?? '')?.[1] ?? []));
}

/** Ids of the blobs that entries of the index name, on either side. */
export function indexBlobs({ index }: Delta): ReadonlySet<string> {
  const lines = index.flatMap(({ from, to }) => [from, to]).flatMap((value) => value?.split('\n') ?? []);
  return new Set(lines.flatMap((line) => /^1[02]0\d+ ([0-9a-f]+) /.exec(line)?.[1] ?? []));
}

/** Commits that branches, HEAD and stashes were at or are at. */
export function commitsOf({ refs, stashes }: Delta): ReadonlySet<string> {
  const values = refs.filter(({ name }) => holdsCommits(name)).flatMap(({ from, to }) => [from, to]);
  const ids = values.filter((value) => value !== null && !value.startsWith('ref: ')) as string[];
  const stashed = [...(stashes?.from ?? []), ...(stashes?.to ?? [])].map(
    (line) => line.split(' ', 1)[0] ?? '',
  );
  return new Set([...ids, ...stashed]);
}

/** Values of refs that may be anything, such as annotated tags. */
export function otherObjects({ refs }: Delta): ReadonlySet<string> {
  const values = refs.filter(({ name }) => !holdsCommits(name)).flatMap(({ from, to }) => [from, to]);
  return new Set(values.filter((value) => value !== null && !value.startsWith('ref: ')) as string[]);
}

function holdsCommits(ref: string): boolean {
  return ref === 'HEAD' || ref === 'refs/stash' || /^refs\/(heads|remotes)\//.test(ref);
}

function fileChanges(before: Snapshot, after: Snapshot, index: readonly Change[]): readonly Change[] {
  const paths = new Set([...before.files.keys(), ...after.files.keys(), ...index.map(({ name }) => name)]);
  return [...paths].flatMap((name) => {
    const change = { name, from: fileAt(before, name), to: fileAt(after, name) };
    return change.from === change.to ? [] : [change];
  });
}
