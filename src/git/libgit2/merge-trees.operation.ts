import { type DiffFile } from '../git-reads.port.js';
import { type ChangedFile, changedFiles, decodePath, type Trees } from './changed-paths.js';
import { diffPaths, leftToGit } from './diff.operations.js';
import { mergeBase } from './merge-base.operation.js';
import { type RawCommit } from './raw-commit.js';
import { type RepositoryHandle } from './repository-handle.js';
import { readTree, TREE_MODE } from './tree.parser.js';
import { treeId } from './tree.writer.js';
import { Unsuited } from './unsuited.error.js';
import { type WorkerOperations } from './worker.protocol.js';

const SUBMODULE = '160000';
/** Of the patch only the lines are counted. */
const COUNTED = { contextLines: 0, maxBytes: 0 };

/**
 * What `git merge-tree` makes of two commits where no file was changed by both: the files that they have changed are
 * put into the tree of ours.
 *
 * @throws Unsuited where there is more to a merge: contents, renames, submodules, several merge bases
 */
export async function mergeTrees(
  handle: RepositoryHandle,
  { ours, theirs, base: known }: WorkerOperations['mergeTrees']['args'],
): Promise<WorkerOperations['mergeTrees']['answer']> {
  const base = known ?? (await mergeBase(handle, { one: ours, other: theirs })).sha;
  const [before, mine, other] = await Promise.all([
    handle.commit(base),
    handle.commit(ours),
    handle.commit(theirs),
  ]);
  const trees = readOnce(handle);
  // Wanted whatever has changed, so that nobody waits for it.
  trees.tree(mine.tree).catch(() => undefined);
  const changes = await changedFiles(trees, before.tree, other.tree);
  requireNoRenames(changes);
  // What is new in a folder goes where we have moved the folder. Of all else shows below whether we have it as it was.
  if (changes.some(isNew)) requireNoRenames(await changedFiles(trees, before.tree, mine.tree));
  const tree = (await withChanges(trees, mine.tree, changes)) ?? treeId([]);
  return { base, tree, files: await filesOf(handle, before, other, changes).catch(leftToGit) };
}

/** Most folders are the same on two of the three sides. */
function readOnce(handle: RepositoryHandle): Trees {
  const contents = new Map<string, Promise<Buffer>>();
  const read = (sha: string) => {
    const content = handle.tree(sha);
    contents.set(sha, content);
    return content;
  };
  return { tree: async (sha) => contents.get(sha) ?? read(sha) };
}

async function filesOf(
  handle: RepositoryHandle,
  before: RawCommit,
  after: RawCommit,
  changes: readonly ChangedFile[],
): Promise<readonly DiffFile[]> {
  const paths = changes.map(({ path }) => decodePath(path));
  return (await diffPaths(handle, [before, after], COUNTED, paths)).diff.files;
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
    folders.set(name, [...(folders.get(name) ?? []), inside]);
  }
  return folders;
}
