import { randomBytes } from 'node:crypto';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { AllowedRoots, pathNotAllowed, realPathOf } from '../paths/allowed-roots.js';
import { isGitFolderName } from '../paths/git-folder-name.js';
import { entryKind } from '../paths/small-text-file.js';
import { refused } from '../refusal.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../repository-locks.port.js';
import { type Repository } from '../repository.js';
import { putInPlace } from './put-in-place.js';

/** Where a file is to be written: checked, and not yet made. */
export interface OutputPlace {
  /** Real and absolute, inside the roots. */
  readonly path: string;
  readonly exists: boolean;
}

/** Files that git makes for others, or is given by them: archives, bundles. They lie inside the roots, as all does. */
@Injectable()
export class OutputFiles {
  private readonly roots: AllowedRoots;

  constructor(
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
    config: GitConfig,
  ) {
    this.roots = new AllowedRoots(config.roots);
  }

  /**
   * @param path absolute, or relative to the work tree
   * @throws ServerError `path_not_allowed` outside the roots, within git's own folder and within a bare repository;
   *   `operation_failed` with `details.reason: 'not-a-file'` for what is there and no file
   */
  async place({ path: from }: Repository, path: string, signal: AbortSignal): Promise<OutputPlace> {
    if (path.includes('\0')) throw pathNotAllowed();
    const wanted = resolve(from, path);
    const name = basename(wanted);
    // A name that nobody has: whether there may be a new file in this folder.
    const beside = await this.locator.locateNew(join(dirname(wanted), unusedName()), signal);
    const target = join(dirname(beside), name);
    if (name === '' || isGitFolderName(name)) throw pathNotAllowed();
    const kind = entryKind(target);
    if (kind === 'absent' || kind === 'file') return { path: target, exists: kind === 'file' };
    const message = 'The path exists and is no file; give another one';
    throw refused('not-a-file', message);
  }

  /**
   * Lets `write` fill a file beside the place and then puts it there at once: a link in the place is never followed,
   * and nobody sees half a file (but for a moment where the file system has no hard links).
   *
   * @returns its size in bytes
   * @throws ServerError `operation_failed` with `details.reason: 'exists'` where there is a file that may not be replaced
   */
  async write(
    { path }: OutputPlace,
    { overwrite }: { readonly overwrite: boolean },
    write: (temporary: string) => Promise<void>,
  ): Promise<number> {
    const temporary = join(dirname(path), unusedName());
    try {
      await write(temporary);
      const { size } = await stat(temporary);
      if (overwrite) await rename(temporary, path);
      else await putInPlace(temporary, path).catch(alreadyThere);
      return size;
    } finally {
      await rm(temporary, { force: true });
      // What bundle create leaves where it was stopped.
      await rm(`${temporary}.lock`, { force: true });
    }
  }

  /**
   * @returns the real path of a file that is there
   * @throws ServerError `path_not_allowed`, also where there is no such file: whether one outside exists is not said
   */
  existing({ path: from }: Repository, path: string): string {
    if (path.includes('\0')) throw pathNotAllowed();
    const real = realPathOf(resolve(from, path));
    const root = real === undefined ? undefined : this.roots.rootOf(real);
    if (real === undefined || root === undefined || entryKind(real) !== 'file') throw pathNotAllowed();
    if (real.slice(root.length).split('/').some(isGitFolderName)) throw pathNotAllowed();
    return real;
  }
}

function unusedName(): string {
  return `.mcp-git-${randomBytes(12).toString('hex')}`;
}

function alreadyThere(error: NodeJS.ErrnoException): never {
  if (error.code !== 'EEXIST') throw error;
  const message = 'A file of that name exists; choose another one, or replace it with overwrite';
  throw refused('exists', message);
}
