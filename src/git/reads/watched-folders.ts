import { lstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { type Repository } from '../repository.js';
import { notedFolders } from './untracked-cache.js';

/** More would take longer on every call than git saves. */
const MAX_FOLDERS = 1_000;

/** git notes what an untracked folder holds, and does not ask again whether it is a repository of its own. */
export interface WatchedFolders {
  readonly plain: readonly Buffer[];
  readonly repositories: readonly Buffer[];
}

/**
 * @param index a copy of the repository's, with git's notes
 * @returns `undefined` where they are too many to be looked at on every call, or cannot be told
 */
export async function watchedFolders(
  index: string,
  repository: Repository,
): Promise<WatchedFolders | undefined> {
  const bytes = await readFile(index).catch(() => undefined);
  const noted = bytes && notedFolders(bytes, repository.objectFormat);
  if (noted === undefined) return undefined;
  const repositories = noted.untracked.filter((folder) => isRepository(repository, folder));
  const { lookedInto: plain } = noted;
  return plain.length + repositories.length <= MAX_FOLDERS ? { plain, repositories } : undefined;
}

/** Whether one of them became a repository, or is none any more. */
export function haveChanged(repository: Repository, { plain, repositories }: WatchedFolders): boolean {
  return (
    plain.some((folder) => isRepository(repository, folder)) ||
    !repositories.every((folder) => isRepository(repository, folder))
  );
}

function isRepository({ path }: Repository, folder: Buffer): boolean {
  const entry = Buffer.concat([Buffer.from(`${path}/`), folder, Buffer.from('/.git')]);
  try {
    return lstatSync(entry, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false; // Below what is a file by now.
  }
}
