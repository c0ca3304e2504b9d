import { renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { bringBack } from '../submodules/kept-modules.js';
import { WorktreeFinder } from '../worktrees/worktree.finder.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { NO_CHANGE } from './delta.js';
import { HALF_DONE, linkedFolder } from './linked-places.js';
import { OperationRestorer } from './operation.restorer.js';
import { removeRestoration } from './restoration.folder.js';
import { SubmoduleRestorer } from './submodule.restorer.js';
import { changesToState, stateOf, type WorkTreeState } from './work-tree-state.js';
import { WorkTreeStates } from './work-tree-states.reader.js';

/** Makes a linked work tree as it was before it was removed. */
@Injectable()
export class LinkedWorkTreeMaker {
  constructor(
    private readonly commands: WriteCommands,
    private readonly finder: WorktreeFinder,
    private readonly restorer: OperationRestorer,
    private readonly states: WorkTreeStates,
    private readonly submodules: SubmoduleRestorer,
  ) {}

  /**
   * Its lock says that it is half done.
   *
   * @param name of its folder in git's @param text of its state
   * @throws ServerError `operation_failed` with `details.reason: 'not-restored'` where it is not as it was then
   */
  async make(
    repository: Repository,
    name: string,
    path: string,
    text: string,
    signal: AbortSignal,
  ): Promise<void> {
    const wanted = stateOf(text);
    const branch = /^ref: refs\/heads\/(.+)$/s.exec(wanted.head)?.[1];
    const how = branch === undefined ? '--detach' : '--no-guess-remote';
    const options = ['--quiet', how, '--lock', `--reason=${HALF_DONE}`];
    const revisions = [path, branch ?? wanted.commit];
    await this.commands.must(repository, { name: 'worktree add', options, revisions }, signal);
    const linked = await this.named(repository, name, path, signal);
    await this.bring(linked, wanted, signal);
    if ((await this.states.of(linked, true, signal)).text === text) return;
    const message = 'A work tree could not be made as it was, so nothing was changed; details name it';
    throw refused('not-restored', message, { worktree: path });
  }

  /** git names the folder of a new work tree after its path; records know it by the name that it had. */
  private async named(
    repository: Repository,
    name: string,
    path: string,
    signal: AbortSignal,
  ): Promise<Repository> {
    const made = await this.finder.at(repository, path, signal);
    if (basename(made.gitDir) === name) return made;
    const folder = linkedFolder(repository, name);
    renameSync(made.gitDir, folder);
    writeFileSync(join(path, '.git'), `gitdir: ${folder}\n`);
    return this.finder.at(repository, path, signal);
  }

  private async bring(linked: Repository, wanted: WorkTreeState, signal: AbortSignal): Promise<void> {
    if (wanted.modules !== null) bringBack(linked, wanted.modules, join(linked.gitDir, 'modules'));
    await this.submodules.checkOutAll(linked, { ...NO_CHANGE, submodules: wanted.submodules }, signal);
    const now = stateOf((await this.states.of(linked, true, signal)).text);
    const delta = { ...NO_CHANGE, ...changesToState(now, wanted) };
    if (delta.index.length + delta.files.length + delta.progress.length === 0) return;
    const files = await this.restorer.prepare(linked, delta, signal);
    await this.restorer.apply(linked, { ...delta, files }, 'new', signal);
    removeRestoration(linked);
  }
}
