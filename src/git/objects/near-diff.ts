import { consultAttributes } from '../libgit2/attributes.gate.js';
import { type ChangedFile, changedFiles, decodePath } from '../libgit2/changed-paths.js';
import { parseCommit } from '../libgit2/commit.parser.js';
import { type FileChange } from '../libgit2/file-change.js';
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
  const [parent, second] = raw.parents;
  if (second !== undefined) throw new Unsuited('merge');
  const commit = parseCommit(sha, raw.header, raw.message);
  const before = parent === undefined ? null : await objects.commit(parent);
  return { commit, shown: await diffNear(objects, before, raw, limits) };
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
function requirePlainDiffs({ config }: NearObjects): void {
  for (const key of config.keys())
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
