import { type ChangedFile, changedFiles, type Trees } from './changed-paths.js';
import { type RawCommit } from './raw-commit.js';
import { readTree, TREE_MODE } from './tree.parser.js';
import { treeId } from './tree.writer.js';
import { Unsuited } from './unsuited.error.js';

const SUBMODULE = '160000';

export interface MergedByFiles {
  /** Its id. */
  readonly tree: string;
  /** What theirs have changed. */
  readonly changes: readonly ChangedFile[];
}

/**
 * What `git merge-tree` makes of two commits where no file was changed by both: the files that they have changed are
 * put into the tree of ours.
 *
 * @param maxChanges of theirs
 * @throws Unsuited where there is more to a merge: contents, renames, submodules
 */
export async function mergedTree(
  source: Trees,
  [before, mine, other]: readonly [before: RawCommit, mine: RawCommit, other: RawCommit],
  maxChanges = Infinity,
): Promise<MergedByFiles> {
  const trees = readOnce(source);
  // Wanted whatever has changed, so that nobody waits for it.
  trees.tree(mine.tree).catch(() => undefined);
  const changes = await changedFiles(trees, before.tree, other.tree);
  if (changes.length > maxChanges) throw new Unsuited('many-files');
  requireNoRenames(changes);
  // What is new in a folder goes where we have moved the folder. Of all else shows below whether we have it as it was.
  if (changes.some(isNew)) requireNoRenames(await changedFiles(trees, before.tree, mine.tree));
  const tree = (await withChanges(trees, mine.tree, changes)) ?? treeId([]);
  return { tree, changes };
}

/** Most folders are the same on two of the three sides. */
function readOnce(source: Trees): Trees {
  const contents = new Map<string, Promise<Buffer>>();
  const read = (sha: string) => {
    const content = source.tree(sha);
    contents.set(sha, content);
    return content;
  };
  const { maxTreeBytes } = source;
  return {
    ...(maxTreeBytes !== undefined && { maxTreeBytes }),
    tree: async (sha) => contents.get(sha) ?? read(sha),
  };
}

/** What is gone and what is new may be a file, or a folder, that was renamed. */
function requireNoRenames(changes: readonly ChangedFile[]): void {
  const deleted = changes.some(({ after }) => after === undefined);
  if (deleted && changes.some(isNew)) throw new Unsuited('renames');
  if (changes.some(({ before, after }) => [before?.mode, after?.mode].includes(SUBMODULE)))
    throw new Unsuited('submodule');
}

function isNew({ before }: ChangedFile): boolean {
  return before === undefined;
}

/** @returns `null` where nothing is left in it */
async function withChanges(
  trees: Trees,
  tree: string | null,
  changes: readonly ChangedFile[],
): Promise<string | null> {
  const entries = new Map(
    (tree === null ? [] : readTree(await trees.tree(tree))).map((entry) => [entry.name, entry]),
  );
  for (const { path, before, after } of changes.filter(({ path: inside }) => !inside.includes('/'))) {
    const mine = entries.get(path);
    if (mine?.sha !== before?.sha || mine?.mode !== before?.mode) throw new Unsuited('changed-by-both');
    if (after) entries.set(path, after);
    else entries.delete(path);
  }
  const folders = await Promise.all(
    [...byFolder(changes)].map(async ([name, inside]) => {
      const folder = entries.get(name);
      if (folder !== undefined && folder.mode !== TREE_MODE) throw new Unsuited('changed-by-both');
      return { name, sha: await withChanges(trees, folder?.sha ?? null, inside) };
    }),
  );
  for (const { name, sha } of folders) {
    if (sha === null) entries.delete(name);
    else entries.set(name, { mode: TREE_MODE, name, sha });
  }
  return entries.size === 0 ? null : treeId([...entries.values()]);
}

/** Those in folders, by the first of these, with paths from there. */
function byFolder(changes: readonly ChangedFile[]): ReadonlyMap<string, readonly ChangedFile[]> {
  const folders = new Map<string, ChangedFile[]>();
  for (const change of changes) {
    const end = change.path.indexOf('/');
    if (end === -1) continue;
    const name = change.path.slice(0, end);
    const inside = { ...change, path: change.path.slice(end + 1) };
    const known = folders.get(name);
    if (known === undefined) folders.set(name, [inside]);
    else known.push(inside);
  }
  return folders;
}
