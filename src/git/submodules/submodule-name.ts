import { join } from 'node:path';

import { ServerError } from '../../shared/errors/index.js';
import { realPathOf } from '../paths/allowed-roots.js';
import { isGitFolderName } from '../paths/git-folder-name.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';

/**
 * Where git keeps the repository of a submodule.
 *
 * @throws ServerError `path_not_allowed` for a name that would lead elsewhere, or into the repository of another submodule
 */
export function submoduleGitFolder({ gitDir }: Repository, name: string): string {
  const parts = name.split('/');
  const isPlain = parts.every(
    (part) => part !== '' && part !== '.' && part !== '..' && !isGitFolderName(part),
  );
  // eslint-disable-next-line no-control-regex
  if (!isPlain || name.startsWith('-') || /[\u0000-\u001f\u007f\\]/.test(name)) throw notAllowed();
  let folder = join(gitDir, 'modules');
  for (const part of parts) {
    requireOwn(folder);
    // `a/hooks` would be the hooks of the submodule `a`.
    if (entryKind(join(folder, 'HEAD')) !== 'absent') throw notAllowed();
    folder = join(folder, part);
  }
  requireOwn(folder);
  return folder;
}

/** Neither a link, nor reached through one. */
function requireOwn(folder: string): void {
  if (entryKind(folder) === 'absent') return;
  if (entryKind(folder) !== 'folder' || realPathOf(folder) !== folder) throw notAllowed();
}

/**
 * The folder of a submodule in the work tree.
 *
 * @throws ServerError `path_not_allowed` for a path that leads out of the work tree, into git's folder, or through a link
 */
export function submoduleFolder(repository: Repository, path: string): string {
  const parts = path.split('/');
  const isPlain = parts.every(
    (part) => part !== '' && part !== '.' && part !== '..' && !isGitFolderName(part),
  );
  if (!isPlain || path.startsWith('-') || /[\n\r\0\\]/.test(path)) throw notAllowed();
  let folder = repository.path;
  for (const part of parts) {
    folder = join(folder, part);
    const kind = entryKind(folder);
    if (kind !== 'folder' && kind !== 'absent') throw notAllowed();
  }
  return folder;
}

function notAllowed(): ServerError {
  const message = 'The name or path of the submodule leads where no submodule may be; correct .gitmodules';
  return new ServerError('path_not_allowed', message);
}
