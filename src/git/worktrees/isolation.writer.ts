import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { RootFolders } from '../paths/root-folders.service.js';
import { type Effect, planned, type PlannedChange } from '../planned-change.js';
import { refused } from '../refusal.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../repository-locks.port.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { excludeFolders } from './exclude-file.js';
import { type LinkedWorktree, WorktreeFinder } from './worktree.finder.js';
import { type Worktree, WorktreeLister } from './worktree.lister.js';
import { WorktreeWriter } from './worktree.writer.js';

/** git's own lock on a work tree keeps it from being pruned or removed, and says for whom it is. */
const FOR = 'isolated for ';
const KEPT = 'kept: its session ended with uncommitted changes';
/** In the repository itself, where nothing beside it lies in the roots. */
const INSIDE = '.isolated-';

export interface IsolationRequest {
  /** Whose it is: the id of a session, or what stands for a caller without one. */
  readonly owner: string;
  readonly branch?: string;
  /** Where the branch starts; HEAD if absent. */
  readonly base?: string;
  /** Its folder; beside the repository if absent. */
  readonly path?: string;
}

export interface NewIsolation {
  readonly path: string;
  readonly branch: string;
  readonly change: PlannedChange;
}

/** A work tree of one session alone. */
export interface Isolation extends Worktree {
  /** `null` for one that was kept because its session ended with work in it. */
  readonly owner: string | null;
}

/** Work trees on branches of their own, each for one session. */
@Injectable()
export class IsolationWriter {
  constructor(
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly lister: WorktreeLister,
    private readonly finder: WorktreeFinder,
    private readonly writer: WorktreeWriter,
    private readonly folders: RootFolders,
  ) {}

  /** The repository as seen from its main work tree, which no isolation is. */
  async main(repository: Repository, signal: AbortSignal): Promise<Repository> {
    if (repository.gitDir === repository.commonDir) return repository;
    const [main] = await this.lister.list(repository, signal);
    if (main === undefined) return repository;
    const found = await this.locator.locate(main.path, signal);
    if (found.commonDir === repository.commonDir) return found;
    throw refused('foreign-worktree', 'The work tree leads to another repository');
  }

  async list(repository: Repository, signal: AbortSignal): Promise<readonly Isolation[]> {
    const all = await this.lister.list(repository, signal);
    return all.filter(isIsolation).map((worktree) => ({ ...worktree, owner: ownerOf(worktree) }));
  }

  /** @throws ServerError as `WorktreeWriter.add` */
  async start(
    repository: Repository,
    { owner, branch: wanted, base, path: chosen }: IsolationRequest,
    signal: AbortSignal,
  ): Promise<NewIsolation> {
    const main = await this.main(repository, signal);
    const branch = wanted ?? (await this.freeBranch(main, owner, signal));
    const path = chosen ?? this.usualPath(main, branch);
    const request = { path, newBranch: branch, lock: `${FOR}${owner}`, ...(base !== undefined && { base }) };
    // From where the caller is: HEAD is that of its own work tree.
    const change = await this.writer.add(repository, request, signal);
    return {
      branch,
      path,
      change: {
        ...change,
        apply: (aborted) => {
          if (dirname(path) === main.path) excludeFolders(main, `/${INSIDE}*/`);
          return change.apply(aborted);
        },
      },
    };
  }

  /**
   * Removes the work tree and keeps its branch, if that has commits that the main work tree has not.
   *
   * @param owner whose it has to be; nobody's in particular if absent
   * @param deleteBranch also where commits are on it alone
   * @throws ServerError `operation_failed` with `details.reason`: `not-isolated`, `other-session`, `dirty`,
   *   `operation-in-progress`
   */
  async finish(
    main: Repository,
    path: string,
    { owner, deleteBranch = false }: { readonly owner?: string; readonly deleteBranch?: boolean },
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    const worktree = await this.finder.linked(main, path, signal);
    if (!isIsolation(worktree)) {
      throw refused('not-isolated', 'The work tree was not made by git_isolate; use git_worktree for it');
    }
    const current = ownerOf(worktree);
    if (owner !== undefined && current !== null && current !== owner) {
      const message = 'The work tree is of another session, which may still work in it; use take_over if not';
      throw refused('other-session', message);
    }
    await this.finder.requireRemovable(main, { ...worktree, locked: null }, false, signal);
    const { branch, head } = worktree;
    const isKept = branch === null || ((await this.ahead(main, worktree, signal)) > 0 && !deleteBranch);
    const removal: Effect = { action: 'remove worktree', subject: worktree.path, from: head, to: null };
    const deletion: Effect = { action: 'delete', subject: `refs/heads/${branch}`, from: head, to: null };
    return planned(isKept ? [removal] : [removal, deletion], async (aborted) => {
      await this.unlock(main, worktree, aborted);
      await this.writer.discard(main, worktree, aborted);
      if (isKept) return;
      const options = ['--quiet', '--delete', '--force'];
      await this.commands.must(main, { name: 'branch', options, revisions: [branch] }, aborted);
    });
  }

  /** Says that nobody works in it any more, and that it holds what no commit has. */
  async keep(main: Repository, path: string, signal: AbortSignal): Promise<void> {
    const worktree = await this.finder.known(main, path, signal);
    if (worktree.locked !== null) await this.unlock(main, worktree, signal);
    const command = { name: 'worktree lock', options: [`--reason=${KEPT}`], revisions: [worktree.path] };
    await this.commands.must(main, command, signal);
  }

  /** Commits that are on its branch and not in HEAD of the main work tree. */
  async ahead(main: Repository, { head }: Worktree, signal: AbortSignal): Promise<number> {
    if (head === null) return 0;
    const command = { name: 'rev-list', options: ['--count'], revisions: [`HEAD..${head}`] };
    const { exitCode, stdout } = await this.commands.run(main, command, signal);
    // Where HEAD has no commit yet, all of them are.
    return exitCode === 0 ? Number(stdout.trim()) : 1;
  }

  /** Paths with changes; none where its folder is gone. */
  async changes(main: Repository, { path, prunable }: Worktree, signal: AbortSignal): Promise<number> {
    if (prunable !== null) return 0;
    const linked: LinkedWorktree = await this.finder.linked(main, path, signal);
    return (await this.finder.changes(linked, signal)).length;
  }

  private async unlock(main: Repository, { path }: Worktree, signal: AbortSignal): Promise<void> {
    await this.commands.must(main, { name: 'worktree unlock', revisions: [path] }, signal);
  }

  /** The same for the same owner, so that a dry run says what will be. */
  private async freeBranch(main: Repository, owner: string, signal: AbortSignal): Promise<string> {
    const name = `session/${createHash('sha256').update(owner).digest('hex').slice(0, 8)}`;
    for (let count = 1; ; count += 1) {
      const branch = count === 1 ? name : `${name}-${count}`;
      if (!(await this.state.refExists(main, `refs/heads/${branch}`, signal))) return branch;
    }
  }

  private usualPath({ path }: Repository, branch: string): string {
    const name = branch.replaceAll('/', '-');
    const isRoomy = this.folders.contains(dirname(path));
    return isRoomy ? join(dirname(path), `${basename(path)}-${name}`) : join(path, `${INSIDE}${name}`);
  }
}

function isIsolation({ main, inside, locked }: Worktree): boolean {
  return !main && inside && (locked === KEPT || locked?.startsWith(FOR) === true);
}

function ownerOf({ locked }: Worktree): string | null {
  return locked?.startsWith(FOR) === true ? locked.slice(FOR.length) : null;
}
