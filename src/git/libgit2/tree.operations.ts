import nodegit from 'nodegit';

import { type TreeEntry as ListedEntry, type TreeEntryType } from '../reads/tree-output.parser.js';
import { decodePath } from './changed-paths.js';
import { OBJECT_BLOB, type RepositoryHandle } from './repository-handle.js';
import { readTree, type TreeEntry } from './tree.parser.js';
import { Unsuited } from './unsuited.error.js';
import { type WorkerOperations } from './worker.protocol.js';

type Args<Name extends keyof WorkerOperations> = WorkerOperations[Name]['args'];
type Answer<Name extends keyof WorkerOperations> = Promise<WorkerOperations[Name]['answer']>;

/** A size costs 10 µs; git is the faster one from here on. */
const MAX_SIZES = 500;
const DISABLE_PATHSPEC_MATCH = 1 << 12;
const NAME_ONLY = 4;

/** The entries of the folders on the way, and of the one at its end. */
export async function tree(handle: RepositoryHandle, args: Args<'tree'>): Answer<'tree'> {
  const { id, segments, sizes } = args;
  const levels = await walk(handle, id, segments);
  const last = levels.at(-1);
  const listed = levels.map(({ entries }) => entries.map(listedEntry));
  const entries = listed.at(-1);
  if (!sizes || last === undefined || entries === undefined || levels.length <= segments.length)
    return listed;
  return [...listed.slice(0, -1), await withSizes(handle, last.sha, entries)];
}

/**
 * One file of a commit.
 *
 * @throws Unsuited where there is no file of this path: what there is instead is git's to say
 */
export async function file(handle: RepositoryHandle, args: Args<'file'>): Answer<'file'> {
  const { commit, segments, maxBytes } = args;
  const folders = segments.slice(0, -1);
  const last = (await walk(handle, commit, folders))[folders.length];
  const found = last?.entries.find(({ name }) => name === segments.at(-1));
  if (last === undefined || found === undefined) throw new Unsuited('no-such-file');
  const { type, sha, name } = listedEntry(found);
  if (type === 'folder' || type === 'submodule') throw new Unsuited('no-such-file');
  const bytes = (await sizesOf(handle, last.sha, [name])).get(name);
  if (bytes === undefined) throw new Unsuited('tree-shape');
  const content = bytes > maxBytes ? null : await handle.object(sha, OBJECT_BLOB);
  return { type, sha, bytes, content };
}

/** @throws Unsuited where there are more than was asked for, or names that are no UTF-8 */
export async function folders(handle: RepositoryHandle, args: Args<'folders'>): Answer<'folders'> {
  const found: string[] = [];
  for (const segments of args.below) {
    const levels = await walk(handle, args.id, segments);
    // What is no folder is a file of the last one, or not there.
    const reached = segments.slice(0, levels.length - 1);
    let waiting = levels.slice(-1).map(({ entries }) => ({ path: reached.join('/'), entries }));
    if (levels.length <= segments.length) waiting = [{ path: reached.join('/'), entries: [] }];
    while (waiting.length > 0) {
      found.push(...waiting.map(({ path }) => decodePath(path)));
      const next = waiting.flatMap(foldersIn);
      if (found.length + next.length > args.max) throw new Unsuited('many-folders');
      // Each waits for a thread of libgit2, all of a level at once.
      waiting = await Promise.all(
        next.map(async ({ path, sha }) => ({ path, entries: readTree(await handle.tree(sha)) })),
      );
    }
  }
  return found;
}

function foldersIn({ path, entries }: { readonly path: string; readonly entries: readonly TreeEntry[] }) {
  return entries
    .filter((entry) => listedEntry(entry).type === 'folder')
    .map(({ name, sha }) => ({ path: path === '' ? name : `${path}/${name}`, sha }));
}

/** Ends early where a segment names no folder. */
async function walk(
  handle: RepositoryHandle,
  id: string,
  segments: readonly string[],
): Promise<readonly { readonly sha: string; readonly entries: readonly TreeEntry[] }[]> {
  let sha = await handle.treeId(id);
  const levels = [{ sha, entries: readTree(await handle.tree(sha)) }];
  for (const segment of segments) {
    const next = levels.at(-1)?.entries.find(({ name }) => name === segment);
    if (next === undefined || listedEntry(next).type !== 'folder') break;
    ({ sha } = next);
    levels.push({ sha, entries: readTree(await handle.tree(sha)) });
  }
  return levels;
}

/** Git takes a mode of old histories like 100664 for that of a plain file. */
function listedEntry({ name, sha, mode }: TreeEntry): ListedEntry {
  return { name, type: typeOf(parseInt(mode, 8)), sha };
}

function typeOf(mode: number): TreeEntryType {
  const kind = mode & 0o170000;
  if (kind === 0o100000) return mode & 0o100 ? 'executable' : 'file';
  if (kind === 0o120000) return 'symlink';
  return kind === 0o040000 ? 'folder' : 'submodule';
}

async function withSizes(
  handle: RepositoryHandle,
  sha: string,
  entries: readonly ListedEntry[],
): Promise<readonly ListedEntry[]> {
  const names = entries
    .filter(({ type }) => type !== 'folder' && type !== 'submodule')
    .map(({ name }) => name);
  if (names.length === 0) return entries;
  if (names.length > MAX_SIZES) throw new Unsuited('many-files');
  const sizes = await sizesOf(handle, sha, names);
  if (sizes.size !== names.length) throw new Unsuited('tree-shape');
  return entries.map((entry) => {
    const size = sizes.get(entry.name);
    return size === undefined ? entry : { ...entry, size };
  });
}

/**
 * Sizes of files of one folder, without their contents: in a comparison that takes all of them for too large to be
 * looked at, libgit2 reads no more than the beginnings of objects.
 *
 * @param names one character a byte
 */
async function sizesOf(
  handle: RepositoryHandle,
  sha: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const spelled = new Map(names.map((name) => [Buffer.from(name, 'latin1').toString('utf8'), name]));
  if ([...spelled.keys()].some((name) => name.includes('\uFFFD'))) throw new Unsuited('name-encoding');
  const folder = await handle.treeObject(sha);
  const diff = await nodegit.Diff.treeToTree(handle.repository, null, folder, {
    flags: DISABLE_PATHSPEC_MATCH,
    maxSize: 1,
    pathspec: [...spelled.keys()],
  });
  await diff.toBuf(NAME_ONLY);
  const sizes = new Map<string, number>();
  for (let index = 0; index < diff.numDeltas(); index += 1) {
    const after = diff.getDelta(index).newFile();
    const name = spelled.get(after.path());
    if (name !== undefined) sizes.set(name, after.size());
  }
  return sizes;
}
