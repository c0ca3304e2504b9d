import { quotePath } from '../patch-text.js';
import { type Asked, consultAttributes } from './attributes.gate.js';
import { decodePath } from './changed-paths.js';
import { combinedHunks } from './combined-patch.js';
import { MAX_FILE_BYTES } from './diff-options.js';
import { type Hunk } from './hunk.parser.js';
import { type RawCommit } from './raw-commit.js';
import { type RepositoryHandle } from './repository-handle.js';
import { isSameWithoutTail } from './shared-tail.js';
import { changedEntries, TREE_MODE, type TreeEntry } from './tree.parser.js';
import { Unsuited } from './unsuited.error.js';

/** Reading a tree costs 0.05 to 0.1 ms. */
const MAX_TREES = 96;
const FILE_MODES = new Set(['100644', '100755']);

/** What is asked of a repository. */
type Source = Asked & Pick<RepositoryHandle, 'tree' | 'blob'>;

export interface Comparing {
  readonly contextLines: number;
  /** What leads from these files of the one tree to those of the other, without context, in the order of the files. */
  readonly hunks: (
    from: string,
    to: string,
    files: readonly Compared[],
  ) => Promise<readonly (readonly Hunk[])[]>;
}

/** A file by its path, with the ids that it has on both sides. */
export interface Compared {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** A file that the merge has changed against both parents. */
interface Resolved {
  readonly path: string;
  /** Of the blobs that the parents have, and that the merge has. */
  readonly shas: readonly string[];
  readonly sha: string;
}

interface Folder {
  readonly prefix: string;
  readonly befores: readonly string[];
  readonly after: string;
}

/** Its path has one character a byte. */
interface Changed {
  readonly path: string;
  readonly befores: readonly TreeEntry[];
  readonly after: TreeEntry;
}

/**
 * The patch of `git show --cc`: what a merge has that none of its parents has.
 *
 * @throws Unsuited for what is more than text that was merged line by line
 */
export async function combinedPatch(
  source: Source,
  merge: RawCommit,
  parents: readonly RawCommit[],
  { contextLines, hunks: hunksOf }: Comparing,
): Promise<string> {
  const trees = parents.map(({ tree }) => tree);
  const resolved = await resolvedFiles(source, trees, merge.tree);
  if (resolved.length === 0) return '';
  // Git prints less of a hunk without context than of others.
  if (parents.length !== 2 || contextLines === 0) throw new Unsuited('combined-form');
  consultAttributes(
    source,
    resolved.map(({ path }) => path),
  );
  const hunks = await Promise.all(
    trees.map((tree, parent) => hunksOf(tree, merge.tree, against(resolved, parent))),
  );
  const texts = resolved.map((file, index) =>
    fileText(source, file, [hunks[0]?.[index] ?? [], hunks[1]?.[index] ?? []], contextLines),
  );
  return (await Promise.all(texts)).join('');
}

/**
 * By path, as git sorts them. A folder that is that of one parent is not looked into; and what all sides have is no
 * rename, whatever else there is.
 */
async function resolvedFiles(
  source: Source,
  parents: readonly string[],
  merge: string,
): Promise<readonly Resolved[]> {
  const found: Resolved[] = [];
  let folders = [{ prefix: '', befores: parents, after: merge }];
  let read = 0;
  while (folders.length > 0) {
    read += folders.length * (parents.length + 1);
    if (read > MAX_TREES) throw new Unsuited('wide-change');
    const changed = await Promise.all(folders.map((folder) => changedFromAll(source, folder)));
    folders = [];
    for (const { path, befores, after } of changed.flat()) {
      const modes = new Set([after.mode, ...befores.map(({ mode }) => mode)]);
      if (modes.size > 1) throw new Unsuited('combined-form');
      const shas = befores.map(({ sha }) => sha);
      if (after.mode === TREE_MODE) folders.push({ prefix: `${path}/`, befores: shas, after: after.sha });
      else if (FILE_MODES.has(after.mode)) found.push({ path: decodePath(path), shas, sha: after.sha });
      else throw new Unsuited('combined-form');
    }
  }
  return found.toSorted((one, other) => Buffer.compare(Buffer.from(one.path), Buffer.from(other.path)));
}

/** @throws Unsuited for what one of the sides has not */
async function changedFromAll(
  source: Source,
  { prefix, befores, after }: Folder,
): Promise<readonly Changed[]> {
  const young = await source.tree(after);
  const changes = await Promise.all(
    befores.map(async (sha) => {
      const differing = changedEntries(await source.tree(sha), young);
      return new Map(differing.map((change) => [(change[1] ?? change[0])?.name ?? '', change]));
    }),
  );
  const names = [...(changes[0]?.keys() ?? [])].filter((name) => changes.every((byName) => byName.has(name)));
  return names.map((name) => {
    const sides = changes.map((byName) => byName.get(name));
    const is = sides[0]?.[1];
    const were = sides.flatMap((change) => change?.[0] ?? []);
    if (is === undefined || were.length < befores.length) throw new Unsuited('combined-form');
    return { path: `${prefix}${name}`, befores: were, after: is };
  });
}

function against(files: readonly Resolved[], parent: number): readonly Compared[] {
  return files.map(({ path, shas, sha }) => ({ path, before: shas[parent] ?? '', after: sha }));
}

async function fileText(
  source: Source,
  { path, shas, sha }: Resolved,
  hunks: readonly [readonly Hunk[], readonly Hunk[]],
  contextLines: number,
): Promise<string> {
  const [result, ...before] = await Promise.all([sha, ...shas].map((id) => source.blob(id)));
  if (result === undefined) throw new Unsuited('patch-shape');
  for (const [index, content] of before.entries()) {
    if (!isSameWithoutTail(content, result, hunks[index] ?? [])) throw new Unsuited('combined-comparison');
  }
  const [lines] = [result, ...before].map(textLines);
  const text = combinedHunks(lines ?? [], hunks, contextLines);
  if (text === '') return '';
  const [a, b] = [quotePath(`a/${path}`), quotePath(`b/${path}`)];
  return `diff --cc ${quotePath(path)}\nindex ${shas.join(',')}..${sha}\n--- ${a}\n+++ ${b}\n${text}`;
}

/** @throws Unsuited for what is no text, or none whose lines can be told apart once they are decoded */
function textLines(content: Buffer): readonly string[] {
  const text = content.toString('utf8');
  if (content.length > MAX_FILE_BYTES || text.includes('\0') || text.includes('\uFFFD'))
    throw new Unsuited('combined-form');
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}
