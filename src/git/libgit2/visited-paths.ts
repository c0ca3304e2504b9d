import { notedFolders } from '../reads/untracked-cache.js';
import { entryCount, IndexEntries } from './index-file.js';
import { Unsuited } from './unsuited.error.js';

/** Where git looks for what has changed in a work tree, as paths from its top. */
export interface VisitedPaths {
  readonly files: readonly string[];
  /** Each after the folder it is in; the top is empty. */
  readonly folders: readonly string[];
}

/** Links, and ordinary files: what a submodule's state depends on lies elsewhere. */
const FILE_MODES = new Set([0o100644, 0o100755, 0o120000]);
/** An index comes with the repository: none of its names may lead out of the work tree, or into the git folder. */
const ODD_PATH = /(?:^|\/)(?:\.{0,2}|\.git)(?:\/|$)/i;
/** git, which looks in several threads, is sooner through with more. */
const MAX_PLACES = 3_000;
const NOT_UTF8 = '\u{fffd}';

/**
 * @param index a whole index with git's notes of untracked folders
 * @throws Unsuited where it does not name all places that have a say
 */
export function visitedPaths(index: Buffer): VisitedPaths {
  if (entryCount(index) > MAX_PLACES) throw new Unsuited('many-places');
  const files = trackedFiles(index);
  const noted = notedFolders(index, 'sha1');
  if (noted === undefined || noted.folders.length === 0) throw new Unsuited('no-notes');
  const folders = new Set(noted.folders.map((folder) => checked(folder.toString('utf8'))));
  // What git has listed and not read is a repository of its own.
  if (noted.untracked.some((folder) => !folders.has(folder.toString('utf8'))))
    throw new Unsuited('nested-repository');
  for (const file of files) addFoldersOf(file, folders);
  if (files.length + folders.size > MAX_PLACES) throw new Unsuited('many-places');
  return { files, folders: [...folders].toSorted() };
}

function trackedFiles(index: Buffer): readonly string[] {
  const files: string[] = [];
  const entries = new IndexEntries(index);
  while (entries.move()) {
    if (!FILE_MODES.has(entries.mode)) throw new Unsuited('submodule');
    files.push(checked(index.toString('utf8', entries.nameStart, entries.nameEnd)));
  }
  return files;
}

function addFoldersOf(file: string, folders: Set<string>): void {
  for (let end = file.lastIndexOf('/'); end !== -1; end = file.lastIndexOf('/', end - 1)) {
    const folder = file.slice(0, end);
    if (folders.has(folder)) return;
    folders.add(folder);
  }
}

function checked(path: string): string {
  if (path !== '' && (ODD_PATH.test(path) || path.includes(NOT_UTF8))) throw new Unsuited('odd-path');
  return path;
}
