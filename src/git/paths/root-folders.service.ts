import { Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { ServerError } from '../../shared/errors/index.js';
import { AllowedRoots, pathNotAllowed, realPathOf } from './allowed-roots.js';
import { isGitFolderName } from './git-folder-name.js';
import { entryKind } from './small-text-file.js';

/** Folders inside the roots, whether a repository is there or not. */
@Injectable()
export class RootFolders {
  private readonly roots: AllowedRoots;

  constructor(config: GitConfig) {
    this.roots = new AllowedRoots(config.roots);
  }

  /**
   * @param path absolute; relative where there is one root
   * @returns the real path of the folder
   * @throws ServerError `path_not_allowed` outside the roots, within git's own folder, and where there is no folder:
   *   whether one outside exists is not said
   */
  real(path: string): string {
    this.roots.requireAny();
    if (path === '' || path.includes('\0')) throw pathNotAllowed();
    const found = realPathOf(this.roots.absolute(path));
    const root = found === undefined ? undefined : this.roots.rootOf(found);
    if (found === undefined || root === undefined) throw pathNotAllowed();
    if (entryKind(found) !== 'folder' || found.slice(root.length).split('/').some(isGitFolderName)) {
      const message =
        'The path is no folder to work in; give the work tree of a repository, or a folder above it';
      throw new ServerError('path_not_allowed', message);
    }
    return found;
  }

  contains(realPath: string): boolean {
    return this.roots.contains(realPath);
  }
}
