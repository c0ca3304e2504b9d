import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

import { ServerError } from '../../shared/errors/index.js';
import { isGitFolderName } from '../paths/git-folder-name.js';
import { entryKind } from '../paths/small-text-file.js';

/**
 * A caller's path as git takes it: literal, relative to the work tree, `.` for the whole of it.
 *
 * @param file relative to the work tree, or absolute inside it
 * @throws ServerError `path_not_allowed` for what leaves the work tree or enters git's own folder
 */
export function workTreePath(workTree: string, file: string): string {
  if (file === '' || file.includes('\0')) throw refused('A path is not empty and holds no NUL');
  const inside = relative(workTree, resolve(workTree, file));
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw refused('The path leaves the work tree; give paths relative to the repository');
  }
  if (inside.split(sep).some(isGitFolderName)) throw refused("The path leads into git's own folder");
  return inside === '' ? '.' : inside;
}

/** Whether a folder on the way is a symbolic link or a repository of its own, whose content is not this work tree's. */
export function isBeyondBorder(workTree: string, path: string): boolean {
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    const absolute = join(workTree, folder);
    if (entryKind(absolute) === 'link' || entryKind(join(absolute, '.git')) !== 'absent') return true;
  }
  return false;
}

/** Whether `path` is one of the files, or lies in one of the folders. */
export function isCovered(path: string, by: readonly string[]): boolean {
  return by.some((wanted) => wanted === '.' || path === wanted || path.startsWith(`${wanted}/`));
}

function refused(message: string): ServerError {
  return new ServerError('path_not_allowed', message);
}
