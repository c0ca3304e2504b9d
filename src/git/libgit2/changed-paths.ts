import { type RepositoryHandle } from './repository-handle.js';
import { changedEntries, TREE_MODE, type TreeChange, type TreeEntry } from './tree.parser.js';
import { Unsuited } from './unsuited.error.js';

/** Reading a tree costs 0.05 to 0.1 ms; where a change is spread wider than this, git is the faster one. */
const MAX_TREES = 64;

const EMPTY = Buffer.alloc(0);

/** Tells the contents of trees, and how many bytes of them may be compared: the same ones may be met many times. */
export type Trees = Pick<RepositoryHandle, 'tree'> & { readonly maxTreeBytes?: number };

/** A file that two trees have not in common; a side that does not have it has no entry. */
export interface ChangedFile {
  /** From the top, one character a byte. */
  readonly path: string;
  readonly before: TreeEntry | undefined;
  readonly after: TreeEntry | undefined;
}

interface Folder {
  readonly prefix: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** The paths in which two trees differ. */
export async function changedPaths(
  trees: Trees,
  before: string | null,
  after: string,
): Promise<readonly string[]> {
  return (await changedFiles(trees, before, after)).map(({ path }) => decodePath(path));
}

/** libgit2's own comparison reads every folder of both, this only those that differ. */
export async function changedFiles(
  trees: Trees,
  before: string | null,
  after: string,
): Promise<readonly ChangedFile[]> {
  const files: ChangedFile[] = [];
  let folders: Folder[] = [{ prefix: '', before, after }];
  let read = 0;
  let bytes = 0;
  while (folders.length > 0) {
    read += folders.length * 2;
    if (read > MAX_TREES) throw new Unsuited('wide-change');
    const next: Folder[] = [];
    for (const { prefix, before: old, after: young } of await Promise.all(
      folders.map((folder) => contentsOf(trees, folder)),
    )) {
      bytes += old.length + young.length;
      if (bytes > (trees.maxTreeBytes ?? Infinity)) throw new Unsuited('wide-change');
      for (const change of changedEntries(old, young)) collect(prefix, change, files, next);
    }
    folders = next;
  }
  return files;
}

async function contentsOf(trees: Trees, { prefix, before, after }: Folder) {
  const [old, young] = await Promise.all([contentOf(trees, before), contentOf(trees, after)]);
  return { prefix, before: old, after: young };
}

async function contentOf(trees: Trees, sha: string | null): Promise<Buffer> {
  return sha === null ? EMPTY : trees.tree(sha);
}

function collect(prefix: string, [before, after]: TreeChange, files: ChangedFile[], folders: Folder[]): void {
  const name = (after ?? before)?.name ?? '';
  const path = `${prefix}${name}`;
  const old = before?.mode === TREE_MODE ? before.sha : null;
  const young = after?.mode === TREE_MODE ? after.sha : null;
  if (old !== null || young !== null) folders.push({ prefix: `${path}/`, before: old, after: young });
  const file = { before: old === null ? before : undefined, after: young === null ? after : undefined };
  if (file.before || file.after) files.push({ path, ...file });
}

export function decodePath(bytes: string): string {
  const path = Buffer.from(bytes, 'latin1').toString('utf8');
  if (path.includes('�')) throw new Unsuited('name-encoding');
  return path;
}
