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
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { WorktreeFinder } from './worktree.finder.js';

/** Of a linked work tree. */
interface Folders {
  readonly path: string;
  /** In git's. */
  readonly gitDir: string;
}

/** A submodule, by its path in the work tree; it and its repository say where the other one is. */
interface Inner {
  readonly path: string;
  readonly gitDir: string;
}

/** Removes, moves and ties linked work trees, those with submodules too, as git does not. */
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
    if (!isMoved && entryKind(join(gitDir, 'modules')) !== 'folder') {
      await this.commands.must(repository, { name: 'worktree move', revisions: [from, to] }, signal);
      return;
    }
    const linked = await this.finder.at(repository, isMoved ? to : from, signal);
    const inner = await this.inner(linked, signal);
    try {
      // What may be locked comes before what has to be taken back.
      await this.tellRepositories(linked, inner, to, signal);
      if (!isMoved) renameSync(from, to);
      tellFolders(inner, to);
      await this.commands.must(repository, { name: 'worktree repair', revisions: [to] }, signal);
    } catch (error) {
      if (!isMoved) await this.moveBack(linked, inner, to);
      throw error;
    }
  }

  /** Tells the submodules of a work tree, and their repositories, where each other are. */
  async tie(linked: Repository, signal: AbortSignal): Promise<void> {
    if (entryKind(join(linked.gitDir, 'modules')) !== 'folder') return;
    const inner = await this.inner(linked, signal);
    await this.tellRepositories(linked, inner, linked.path, signal);
    tellFolders(inner, linked.path);
  }

  private async inner(linked: Repository, signal: AbortSignal): Promise<readonly Inner[]> {
    const all = await this.submodules.list(linked, signal);
    return all.flatMap(({ name, path }) => (name === null ? [] : (innerOf(linked, name, path) ?? [])));
  }

  private async tellRepositories(
    linked: Repository,
    inner: readonly Inner[],
    to: string,
    signal: AbortSignal,
  ): Promise<void> {
    for (const { path, gitDir } of inner) {
      const options = [`--file=${join(gitDir, 'config')}`];
      const revisions = ['core.worktree', relative(gitDir, join(to, path))];
      await this.commands.must(linked, { name: 'config setting', options, revisions }, signal);
    }
  }

  private async moveBack(linked: Repository, inner: readonly Inner[], to: string): Promise<void> {
    if (entryKind(linked.path) === 'absent') renameSync(to, linked.path);
    tellFolders(inner, linked.path);
    for (const one of inner) {
      // One that is locked was not told another place either.
      await this.tellRepositories(linked, [one], linked.path, UNINTERRUPTED).catch(() => undefined);
    }
  }
}

function tellFolders(inner: readonly Inner[], top: string): void {
  for (const { path, gitDir } of inner) {
    const link = join(top, path, '.git');
    writeFileSync(link, linkText(join(top, path), gitDir, readSmallFile(link) ?? ''));
  }
}

/** Of one that is checked out, and nowhere where it may not be. */
function innerOf(linked: Repository, name: string, path: string): Inner | undefined {
  try {
    const folder = submoduleFolder(linked, path);
    const gitDir = submoduleGitFolder(linked, name);
    const isThere = entryKind(join(folder, '.git')) === 'file' && entryKind(gitDir) === 'folder';
    return isThere ? { path, gitDir } : undefined;
  } catch (error) {
    if (error instanceof ServerError) return undefined;
    throw error;
  }
}
