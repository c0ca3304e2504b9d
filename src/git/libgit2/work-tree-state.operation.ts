import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { type ConfigValues } from './config-file.js';
import { lookAt } from './file-looks.js';
import { readRef } from './ref-files.js';
import { type RepositoryHandle } from './repository-handle.js';
import { isAbsent, readRegularFile, readSmallFile, signFile } from './small-file.js';
import { Unsuited } from './unsuited.error.js';
import { visitedPaths } from './visited-paths.js';
import { requireNoLink, VisitedPlaces } from './visited-places.js';
import { type RepositoryPlace, type WorkerOperations } from './worker.protocol.js';

type Operation = WorkerOperations['workTreeState'];

const MAX_INDEX_BYTES = 2 ** 20;
const MAX_KEPT = 16;
/** They name files that lie elsewhere, or programs that may say one thing now and another one later. */
const UNTOLD_SETTINGS = /^(?:core\.(?:excludesfile|attributesfile)$|filter\.)/;
/** Of the common folder, beside refs, index and configuration. */
const SHARED_FILES = ['packed-refs', 'info/exclude', 'info/attributes', 'shallow', 'info/grafts'];
/** Where older gits have kept what an upstream is; the configuration comes first, and hardly any is left. */
const OLD_REMOTES = ['remotes', 'branches'];
const BRANCH = /^refs\/heads\//;
/** Of what is no ref below `refs`, and what may lead out of there. */
const ODD_NAME = /^[A-Z_]+$|^refs\/|(?:^|\/)(?:\.|$)|\.\./;
const kept = new Map<string, { readonly signature: string; readonly places: VisitedPlaces }>();

/**
 * Looks at all that the answer of `git status` depends on beside objects, index and configuration: which commit HEAD and
 * the upstream are, rules of what is ignored, and each file and folder that git would look at.
 */
export async function workTreeState(
  { place, config }: RepositoryHandle,
  { index, upstream }: Operation['args'],
): Promise<Operation['answer']> {
  requireToldSettings(config);
  const { names, looks } = placesOf(place, index).look();
  const others = otherFiles(place, upstream);
  const all = [...looks, lookAt(others, requireNoLink)];
  const hash = createHash('sha256');
  for (const name of [...names, ...others]) hash.update(name).update('\0');
  for (const { numbers } of all) hash.update(numbers);
  return { state: hash.digest('hex'), changedMs: Math.max(...all.map(({ changedMs }) => changedMs)) };
}

function requireToldSettings(config: ConfigValues): void {
  for (const key of config.keys()) if (UNTOLD_SETTINGS.test(key)) throw new Unsuited('settings');
}

/** Read anew when git has noted something in the copy. */
function placesOf({ path }: RepositoryPlace, index: string): VisitedPlaces {
  const signature = signFile(index);
  const known = kept.get(index);
  if (known?.signature === signature) return known.places;
  kept.delete(index);
  const bytes = readRegularFile(index, MAX_INDEX_BYTES);
  if (bytes === null) throw new Unsuited('no-index');
  const places = new VisitedPlaces(path, visitedPaths(bytes));
  const oldest = kept.keys().next();
  if (kept.size >= MAX_KEPT && !oldest.done) kept.delete(oldest.value);
  kept.set(index, { signature, places });
  return places;
}

function otherFiles(place: RepositoryPlace, upstream: string | undefined): readonly string[] {
  const { gitDir, commonDir } = place;
  const names = [...branchOf(place), ...(upstream === undefined ? [] : meaningsOf(place, upstream))];
  const refs = names.map((name) => join(commonDir, name));
  for (const file of refs)
    if (!isAbsent(file) && readSmallFile(file)?.startsWith('ref:')) throw new Unsuited('ref-depth');
  return [join(gitDir, 'HEAD'), ...refs, ...SHARED_FILES.map((name) => join(commonDir, name))];
}

function branchOf(place: RepositoryPlace): readonly string[] {
  const head = readRef(place, 'HEAD');
  if (head === null || ('target' in head && !BRANCH.test(head.target))) throw new Unsuited('odd-ref');
  return 'target' in head ? [head.target] : [];
}

/** What the short name of a ref may stand for: gitrevisions(7). */
function meaningsOf({ commonDir }: RepositoryPlace, name: string): readonly string[] {
  if (ODD_NAME.test(name)) throw new Unsuited('odd-ref');
  if (OLD_REMOTES.some((folder) => !isEmpty(join(commonDir, folder)))) throw new Unsuited('old-remotes');
  const folders = ['refs', 'refs/tags', 'refs/heads', 'refs/remotes'];
  return [...folders.map((folder) => `${folder}/${name}`), `refs/remotes/${name}/HEAD`];
}

function isEmpty(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}
