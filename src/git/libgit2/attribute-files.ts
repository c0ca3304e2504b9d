import { join } from 'node:path';

import { type RepositoryPlace } from './worker.protocol.js';

export const MAX_ATTRIBUTE_FILES = 64;
/** Read by libgit2 whatever it is told, and not by git as we run it. */
const OF_THE_MACHINE = '/etc/gitattributes';

/**
 * The files, there or not, in which git looks for attributes of these paths, and the configuration that says what
 * the attributes mean. `null` where they are too many to be looked at one by one.
 */
export function attributeFiles(place: RepositoryPlace, paths: readonly string[]): readonly string[] | null {
  const { commonDir, gitDir, path, bare } = place;
  const folders = bare ? [] : foldersOf(paths);
  if (folders.length > MAX_ATTRIBUTE_FILES) return null;
  return [
    join(commonDir, 'config'),
    join(gitDir, 'config.worktree'),
    join(commonDir, 'info/attributes'),
    OF_THE_MACHINE,
    ...folders.map((folder) => join(path, folder, '.gitattributes')),
  ];
}

function foldersOf(paths: readonly string[]): readonly string[] {
  const folders = new Set(['']);
  for (const path of paths) {
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      if (folders.size > MAX_ATTRIBUTE_FILES) return [...folders];
      folders.add(path.slice(0, end));
    }
  }
  return [...folders];
}
