import { type Repository } from '../repository.js';
import { indexEntriesOf } from './index-entries.js';
import { bisectFact } from './bisect-facts.js';
import { linkedChanges, linkedChangesBetween, statesIn, turned } from './linked-changes.js';
import { BISECT_REFS } from './progress-files.js';
import { type Change, changesBetween, DEPTHS, fileAt, type Snapshot } from './snapshot.js';

const ID = /^[0-9a-f]{40,64}$/;
const ADMIN_INDEX = /^worktrees\/[^/]+\/index$/;
/** Of those git itself keeps the commits for as long as they are there. */
const ADMIN_HEAD = /^worktrees\/[^/]+\/(?:HEAD|refs\/bisect\/.+)$/s;

/** What an operation did, in a form that can be turned round. */
export interface Delta {
  readonly refs: readonly Change[];
  readonly stashes: { readonly from: readonly string[]; readonly to: readonly string[] } | null;
  readonly progress: readonly Change[];
  readonly settings: readonly Change[];
  readonly worktrees: readonly Change[];
  readonly submodules: readonly Change[];
  readonly adminFiles: readonly Change[];
  readonly index: readonly Change[];
  /** Values as `fileAt` gives them. */
  readonly files: readonly Change[];
}

export const NO_CHANGE: Delta = {
  refs: [],
  stashes: null,
  progress: [],
  settings: [],
  worktrees: [],
  submodules: [],
  adminFiles: [],
  index: [],
  files: [],
};

/** Of two snapshots of the same depth. */
export function deltaOf(before: Snapshot, after: Snapshot): Delta {
  const refs = changesBetween(before.refs, after.refs);
  const index = changesBetween(before.index, after.index);
  const isSame = before.stashes.join('\n') === after.stashes.join('\n');
  return {
    refs,
    stashes: isSame ? null : { from: before.stashes, to: after.stashes },
    progress: changesBetween(before.progress, after.progress),
    settings: changesBetween(before.settings, after.settings),
    worktrees: linkedChangesBetween(before.worktrees, after.worktrees, refs),
    submodules: changesBetween(before.submodules, after.submodules),
    adminFiles: changesBetween(before.adminFiles, after.adminFiles),
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

export function reversed({ stashes, ...lists }: Delta): Delta {
  return {
    ...eachOf(lists, (changes) => changes.map(turned)),
    stashes: stashes && { from: stashes.to, to: stashes.from },
  };
}

/** Without what is at `to` already; of a linked work tree all parts count together. */
export function changesOnly({ stashes, ...lists }: Delta): Delta {
  const isSame = stashes?.from.join('\n') === stashes?.to.join('\n');
  return { ...eachOf(lists, changed), worktrees: lists.worktrees, stashes: isSame ? null : stashes };
}

type Lists = Omit<Delta, 'stashes'>;

function eachOf(lists: Lists, mapped: (changes: readonly Change[]) => readonly Change[]): Lists {
  const all = Object.entries(lists).map(([part, changes]) => [part, mapped(changes)] as const);
  return Object.fromEntries(all) as Lists;
}

/** Ids of the blobs that the content of files is, on either side. */
export function fileBlobs({ files, worktrees }: Delta): ReadonlySet<string> {
  const all = [files, ...statesIn(worktrees).map((state) => state.files)].flat();
  const values = all.flatMap(({ from, to }) => [from, to]);
  return new Set(values.flatMap((value) => /^\d+ ([0-9a-f]+)$/.exec(value ?? '')?.[1] ?? []));
}

/** Ids of the blobs that entries of the index name, on either side. */
export function indexBlobs(
  { index, worktrees, adminFiles }: Delta,
  format: Repository['objectFormat'],
): ReadonlySet<string> {
  const all = [index, ...statesIn(worktrees).map((state) => state.index)].flat();
  const entries = all.flatMap(({ from, to }) => [from, to]);
  const indexes = adminFiles.filter(({ name }) => ADMIN_INDEX.test(name)).flatMap(textsOf);
  const others = indexes.flatMap((text) => [...indexEntriesOf(Buffer.from(text, 'latin1'), format).values()]);
  const lines = [...entries, ...others].flatMap((value) => value?.split('\n') ?? []);
  return new Set(lines.flatMap((line) => /^1[02]0\d+ ([0-9a-f]+) /.exec(line)?.[1] ?? []));
}

/** Commits that branches, HEAD, stashes and linked work trees were at or are at. */
export function commitsOf({ refs, stashes, worktrees, adminFiles }: Delta): ReadonlySet<string> {
  const values = refs.filter(({ name }) => holdsCommits(name)).flatMap(({ from, to }) => [from, to]);
  const ids = values.filter((value) => value !== null && !value.startsWith('ref: ')) as string[];
  const stashed = [...(stashes?.from ?? []), ...(stashes?.to ?? [])].map(
    (line) => line.split(' ', 1)[0] ?? '',
  );
  const linked = statesIn(worktrees).flatMap(({ commit, progress }) => [commit, ...bisectCommits(progress)]);
  const bisects = linkedChanges(worktrees).flatMap(({ bisect }) => (bisect ? textsOf(bisect) : []));
  const tried = bisects
    .map(bisectFact)
    .flatMap(({ head, files }) => [
      head,
      ...bisectCommits(files.map(([name, to]) => ({ name, from: null, to }))),
    ]);
  const gone = adminFiles.filter(({ name }) => ADMIN_HEAD.test(name)).flatMap(textsOf);
  const heads = gone.flatMap((text) => /^[0-9a-f]{40,64}(?=\n$)/.exec(text) ?? []);
  return new Set([...ids, ...stashed, ...[...linked, ...tried].filter((id) => ID.test(id)), ...heads]);
}

/** Values of refs that may be anything, such as annotated tags. */
export function otherObjects({ refs }: Delta): ReadonlySet<string> {
  const values = refs.filter(({ name }) => !holdsCommits(name)).flatMap(({ from, to }) => [from, to]);
  return new Set(values.filter((value) => value !== null && !value.startsWith('ref: ')) as string[]);
}

/** What verdicts were given on. */
function bisectCommits(progress: readonly Change[]): readonly string[] {
  const refs = progress.filter(({ name }) => name.startsWith(`${BISECT_REFS}/`));
  return refs.flatMap(textsOf).map((text) => text.trimEnd());
}

function textsOf({ from, to }: Change): readonly string[] {
  return [from, to].filter((text) => text !== null);
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
