import { cutAtLine } from '../patch-text.js';
import { consultAttributes } from '../libgit2/attributes.gate.js';
import { type ChangedFile, changedFiles, decodePath } from '../libgit2/changed-paths.js';
import { parseCommit } from '../libgit2/commit.parser.js';
import { type FileChange } from '../libgit2/file-change.js';
import { type Hunk } from '../libgit2/hunk.parser.js';
import { combinedPatch, type Compared } from '../libgit2/merged-files.js';
import { mergedTree } from '../libgit2/merged-tree.js';
import { patchOf } from '../libgit2/patch.writer.js';
import { type RawCommit } from '../libgit2/raw-commit.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { type DiffLimits, type IdDiff, type WorkerOperations } from '../libgit2/worker.protocol.js';
import { onlyChanges } from './line-changes.js';
import { type NearObjects } from './near-objects.js';
import { linesOf, unifiedHunks } from './unified-hunks.js';

/** More are compared by a worker: the server would stand still. */
const MAX_FILES = 12;
const FILE_MODES = new Set(['100644', '100755']);
/** Of the patch only the lines are counted. */
const COUNTED = { contextLines: 1, maxBytes: 0 };
const NO_MODE = '000000';
const NO_ID = '0'.repeat(40);
/** A file that is larger than this is binary to git. */
const BIG_FILE = 'core.bigfilethreshold';

/** What a worker answers to the same question. @throws Unsuited where a worker is to be asked */
export async function showNear(
  objects: NearObjects,
  { sha, ...limits }: WorkerOperations['show']['args'],
): Promise<WorkerOperations['show']['answer']> {
  const raw = await objects.commit(sha);
  const commit = parseCommit(sha, raw.header, raw.message);
  const parents = await Promise.all(raw.parents.map((parent) => objects.commit(parent)));
  const { diff, attributes } = await diffNear(objects, parents[0] ?? null, raw, limits);
  if (parents.length < 2) return { commit, shown: { diff, attributes } };
  // The files are those that differ from the first parent, the patch is what differs from all of them.
  const combined = await combinedPatch(objects, raw, parents, {
    contextLines: limits.contextLines,
    hunks: async (_from, _to, files) => Promise.all(files.map((file) => hunksBetween(objects, file))),
  });
  const { text, truncated } = cutAtLine(combined, limits.maxBytes);
  return { commit, shown: { diff: { patch: text, files: diff.files, truncated }, attributes } };
}

/** Without context. */
async function hunksBetween(objects: NearObjects, { before, after }: Compared): Promise<readonly Hunk[]> {
  const [old, young] = [await textLines(objects, before), await textLines(objects, after)];
  return onlyChanges(old, young).map(({ oldStart, oldCount, newStart, newCount }) => ({
    oldStart: oldCount === 0 ? oldStart : oldStart + 1,
    start: newCount === 0 ? newStart : newStart + 1,
    count: newCount,
    removed: old.slice(oldStart, oldStart + oldCount).map(withoutEnd),
  }));
}

function withoutEnd(line: string): string {
  return Buffer.from(line.endsWith('\n') ? line.slice(0, -1) : line, 'latin1').toString('utf8');
}

/** As above, where it is known what the two have in common. */
export async function mergeNear(
  objects: NearObjects,
  { ours, theirs, base }: WorkerOperations['mergeTrees']['args'],
): Promise<WorkerOperations['mergeTrees']['answer']> {
  if (base === null) throw new Unsuited('no-base');
  const [before, mine, other] = [
    await objects.commit(base),
    await objects.commit(ours),
    await objects.commit(theirs),
  ];
  requirePlainDiffs(objects);
  const { tree, changes } = await mergedTree(objects, [before, mine, other], MAX_FILES);
  const { diff } = await diffOf(objects, changes, COUNTED);
  return { base, tree, files: diff.files };
}

/** As above. */
export async function diffNear(
  objects: NearObjects,
  from: RawCommit | null,
  to: RawCommit,
  { contextLines, maxBytes }: DiffLimits,
): Promise<IdDiff> {
  requirePlainDiffs(objects);
  // Without context git leaves out what both end with, and so may find other changes.
  if (contextLines === 0) throw new Unsuited('no-context');
  const changed = await changedFiles(objects, from?.tree ?? null, to.tree);
  return diffOf(objects, changed, { contextLines, maxBytes });
}

async function diffOf(
  objects: NearObjects,
  changed: readonly ChangedFile[],
  { contextLines, maxBytes }: DiffLimits,
): Promise<IdDiff> {
  const changes = inOrder(changed).map(fileChange);
  const statuses = new Set(changes.map(({ status }) => status));
  if (statuses.has('A') && statuses.has('D')) throw new Unsuited('renames');
  const attributes = consultAttributes(
    objects,
    changes.map(({ path }) => path),
  );
  const bodies: string[] = [];
  for (const change of changes) bodies.push(await bodyOf(objects, change, contextLines));
  return { diff: patchOf(changes, bodies, maxBytes), attributes };
}

/** Whatever else the configuration says of diffs, the engines know. */
function requirePlainDiffs(objects: NearObjects): void {
  // Where the index is too large to be read here, that is found out before anything has been compared in vain.
  if (!objects.place.bare) objects.trackedAttributes();
  for (const key of objects.config.keys())
    if (key.startsWith('diff.') || key === BIG_FILE) throw new Unsuited('diff-config');
}

/** As git sorts them; the paths have one character a byte. */
function inOrder(files: readonly ChangedFile[]): readonly ChangedFile[] {
  if (files.length > MAX_FILES) throw new Unsuited('many-files');
  return files.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

function fileChange({ path, before, after }: ChangedFile): FileChange {
  const modes = [before?.mode ?? after?.mode, after?.mode ?? before?.mode] as const;
  if (modes[0] !== modes[1] || !FILE_MODES.has(modes[0] ?? '')) throw new Unsuited('kind-of-change');
  return {
    path: decodePath(path),
    status: before === undefined ? 'A' : after === undefined ? 'D' : 'M',
    oldSha: before?.sha ?? NO_ID,
    newSha: after?.sha ?? NO_ID,
    oldMode: before?.mode ?? NO_MODE,
    newMode: after?.mode ?? NO_MODE,
  };
}

async function bodyOf(
  objects: NearObjects,
  { status, oldSha, newSha }: FileChange,
  contextLines: number,
): Promise<string> {
  const before = status === 'A' ? [] : await textLines(objects, oldSha);
  const after = status === 'D' ? [] : await textLines(objects, newSha);
  const hunks = unifiedHunks({ before, after }, onlyChanges(before, after), contextLines);
  return Buffer.from(hunks, 'latin1').toString('utf8');
}

/** With their ends, one character a byte. @throws Unsuited for what is no text */
async function textLines(objects: NearObjects, sha: string): Promise<readonly string[]> {
  const content = await objects.blob(sha);
  if (content.includes(0)) throw new Unsuited('binary');
  return linesOf(content.toString('latin1'));
}
