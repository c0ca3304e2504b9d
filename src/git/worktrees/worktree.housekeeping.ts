import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { pathNotAllowed } from '../paths/allowed-roots.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Effect, planned, type PlannedChange } from '../planned-change.js';
import { type Repository } from '../repository.js';
import { keepForRemoval, returnKept } from '../submodules/kept-modules.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { goneWorktrees } from './gone-worktrees.js';
import { WorktreeFolderWriter } from './worktree-folder.writer.js';
import { WorktreeFinder } from './worktree.finder.js';
import { type Worktree, WorktreeLister } from './worktree.lister.js';
import { WorktreeWriter } from './worktree.writer.js';

export interface MergedWorktrees {
  /** Into what; HEAD of the repository if absent. */
  readonly into?: string;
  readonly deleteBranches?: boolean;
}

/** Cleans up after work trees that are done or gone. */
@Injectable()
export class WorktreeHousekeeping {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly lister: WorktreeLister,
    private readonly finder: WorktreeFinder,
    private readonly writer: WorktreeWriter,
    private readonly folders: WorktreeFolderWriter,
  ) {}

  /** Forgets the work trees whose folders are gone; locked ones are kept. */
  async prune(repository: Repository, signal: AbortSignal): Promise<PlannedChange> {
    const gone = (await this.lister.list(repository, signal)).filter(({ prunable }) => prunable !== null);
    const effects = gone.map(({ path, prunable }) => ({
      action: 'prune worktree',
      subject: path,
      from: prunable,
      to: null,
    }));
    return planned(effects, (aborted) => this.forgetGone(repository, aborted));
  }

  /**
   * Connects work trees again after a folder was moved by hand, with their submodules.
   *
   * @param moved where a linked work tree is, if it was one that moved
   * @throws ServerError `path_not_allowed` where git would write outside of the roots, or through a link
   */
  async repair(
    repository: Repository,
    moved: string | undefined,
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    // git writes a file `.git` wherever the repository's own files say that a work tree is.
    const listed = (await this.lister.list(repository, signal)).filter(({ main }) => !main);
    if (!listed.every(isSafe)) throw pathNotAllowed();
    const path = moved === undefined ? undefined : (await this.finder.at(repository, moved, signal)).path;
    const paths = path === undefined ? listed.map((worktree) => worktree.path) : [path];
    const effects = paths.map((subject) => ({ action: 'repair worktree', subject, from: null, to: null }));
    const command = { name: 'worktree repair', revisions: path === undefined ? [] : [path] };
    return planned(effects, async (aborted) => {
      await this.commands.must(repository, command, aborted);
      for (const one of paths) {
        const linked = await this.finder.own(repository, one, aborted);
        if (linked !== undefined) await this.folders.tie(linked, aborted);
      }
    });
  }

  /** Removes linked work trees without changes, lock or operation whose branch is merged; the one asked from stays. */
  async pruneMerged(
    repository: Repository,
    { into = 'HEAD', deleteBranches = false }: MergedWorktrees,
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    const target = await this.state.commit(repository, into, signal);
    const steps: PlannedChange[] = [];
    for (const worktree of await this.lister.list(repository, signal)) {
      const { branch, head, path } = worktree;
      if (branch === null || !(await this.isDone(repository, worktree, target, signal))) continue;
      steps.push(await this.writer.remove(repository, path, false, signal));
      if (deleteBranches) steps.push(this.branchDeletion(repository, branch, head));
    }
    return planned(
      steps.flatMap(({ effects }) => effects),
      async (aborted) => {
        for (const step of steps) await step.apply(aborted);
      },
    );
  }

  private async forgetGone(repository: Repository, signal: AbortSignal): Promise<void> {
    const folders = goneWorktrees(repository).map((name) => join(repository.commonDir, 'worktrees', name));
    for (const folder of folders) keepForRemoval(repository, folder);
    try {
      const command = { name: 'worktree prune', options: ['--expire=now'] };
      await this.commands.must(repository, command, signal);
    } finally {
      for (const folder of folders) returnKept(repository, folder);
    }
  }

  private branchDeletion(repository: Repository, branch: string, head: string | null): PlannedChange {
    const effect: Effect = { action: 'delete', subject: `refs/heads/${branch}`, from: head, to: null };
    const command = { name: 'branch', options: ['--quiet', '--delete', '--force'], revisions: [branch] };
    return planned([effect], (aborted) => this.commands.must(repository, command, aborted));
  }

  private async isDone(
    repository: Repository,
    worktree: Worktree,
    target: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { main, inside, prunable, locked, head, path } = worktree;
    if (main || !inside || prunable !== null || locked !== null || head === null) return false;
    const own = await this.finder.own(repository, path, signal);
    if (own === undefined || own.gitDir === repository.gitDir) return false;
    if (this.state.operation(own) !== null) return false;
    if ((await this.finder.changes({ ...worktree, repository: own }, signal)).length > 0) return false;
    const command = { name: 'merge-base', options: ['--is-ancestor'], revisions: [head, target] };
    return (await this.commands.run(repository, command, signal)).exitCode === 0;
  }
}

function isSafe({ path, inside }: Worktree): boolean {
  if (!inside) return false;
  const kind = entryKind(join(path, '.git'));
  return kind === 'file' || kind === 'absent';
}
