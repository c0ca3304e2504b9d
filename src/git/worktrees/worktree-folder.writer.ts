import { renameSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { entryKind, readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { keepForRemoval, returnKept } from '../submodules/kept-modules.js';
import { linkText } from '../submodules/submodule-files.js';
import { submoduleFolder, submoduleGitFolder } from '../submodules/submodule-name.js';
import { SubmoduleLister } from '../submodules/submodule.lister.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { WorktreeFinder } from './worktree.finder.js';

/** Of a linked work tree. */
interface Folders {
  readonly path: string;
  /** In git's. */
  readonly gitDir: string;
}

/** Removes and moves linked work trees, those with submodules too, as git does not. */
@Injectable()
export class WorktreeFolderWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly finder: WorktreeFinder,
    private readonly submodules: SubmoduleLister,
  ) {}

  /** The repositories of its submodules are kept. @param force options that say what is not to keep git from it */
  async remove(
    repository: Repository,
    { path, gitDir }: Folders,
    force: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    keepForRemoval(repository, gitDir);
    try {
      const command = { name: 'worktree remove', options: force, revisions: [path] };
      await this.commands.must(repository, command, signal);
    } finally {
      // Where git failed it may be there still.
      returnKept(repository, gitDir);
    }
  }

  /** @param to is absent, or the work tree itself where a move was cut off: its folder has moved and git's note has not */
  async move(
    repository: Repository,
    { path: from, gitDir }: Folders,
    to: string,
    signal: AbortSignal,
  ): Promise<void> {
    const isMoved = entryKind(from) === 'absent' && entryKind(join(to, '.git')) === 'file';
    const hasModules = entryKind(join(gitDir, 'modules')) === 'folder';
    if (!isMoved && !hasModules) {
      await this.commands.must(repository, { name: 'worktree move', revisions: [from, to] }, signal);
      return;
    }
    if (!isMoved) renameSync(from, to);
    try {
      await this.commands.must(repository, { name: 'worktree repair', revisions: [to] }, signal);
    } catch (error) {
      if (!isMoved) renameSync(to, from);
      throw error;
    }
    if (hasModules) await this.tie(await this.finder.at(repository, to, signal), signal);
  }

  /** Tells submodules and their repositories where each other are. */
  private async tie(linked: Repository, signal: AbortSignal): Promise<void> {
    for (const { name, path } of await this.submodules.list(linked, signal)) {
      const places = name === null ? undefined : placesOf(linked, name, path);
      if (places === undefined) continue;
      const { folder, gitDir } = places;
      const link = join(folder, '.git');
      writeFileSync(link, linkText(folder, gitDir, readSmallFile(link) ?? ''));
      const options = [`--file=${join(gitDir, 'config')}`];
      const revisions = ['core.worktree', relative(gitDir, folder)];
      await this.commands.must(linked, { name: 'config setting', options, revisions }, signal);
    }
  }
}

/** Of one that is checked out, and nowhere where it may not be. */
function placesOf(linked: Repository, name: string, path: string) {
  try {
    const folder = submoduleFolder(linked, path);
    const gitDir = submoduleGitFolder(linked, name);
    const isThere = entryKind(join(folder, '.git')) === 'file' && entryKind(gitDir) === 'folder';
    return isThere ? { folder, gitDir } : undefined;
  } catch (error) {
    if (error instanceof ServerError) return undefined;
    throw error;
  }
}
