import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { type ProgressListener } from '../git-writes.port.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Effect, type PlannedChange } from '../planned-change.js';
import { refused } from '../refusal.js';
import { RemoteCircuits } from '../remotes/remote-circuits.service.js';
import { type ApprovedRemote, RemotePolicy } from '../remotes/remote-policy.service.js';
import { TransferProgress } from '../remotes/transfer-progress.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../repository-locks.port.js';
import { type Repository } from '../repository.js';
import { requireBranchName } from '../writes/ref-name.js';
import { RepositoryInitializer } from '../writes/repository.initializer.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { attach, declare } from './submodule-files.js';
import { submoduleFolder, submoduleGitFolder } from './submodule-name.js';
import { type Submodule, SubmoduleLister } from './submodule.lister.js';
import { SubmoduleWriter } from './submodule.writer.js';

export interface NewSubmodule {
  readonly url: string;
  readonly path: string;
  /** The path if absent. */
  readonly name?: string;
  readonly branch?: string;
}

interface Place {
  readonly folder: string;
  readonly gitDir: string;
  readonly approved: ApprovedRemote;
  readonly options: readonly string[];
}

/**
 * Brings submodules here, each by the same policy of remotes as a clone. `git submodule` is not used: it runs what
 * `update` in the configuration names, and goes on into submodules of submodules.
 */
@Injectable()
export class SubmoduleCloner {
  constructor(
    private readonly lister: SubmoduleLister,
    private readonly writer: SubmoduleWriter,
    private readonly policy: RemotePolicy,
    private readonly circuits: RemoteCircuits,
    private readonly initializer: RepositoryInitializer,
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
  ) {}

  /**
   * Checks out the recorded commits, after a transfer where they are not here yet.
   *
   * @param init also those that are not initialized
   * @throws ServerError what the policy of remotes says; `operation_failed` with `details.reason`: `not-initialized`,
   *   `commit-not-found`, `local-changes`
   */
  async update(
    repository: Repository,
    { paths, init }: { readonly paths: readonly string[]; readonly init: boolean },
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    const start = init ? await this.writer.init(repository, paths, signal) : undefined;
    const chosen = await this.lister.chosen(repository, paths, signal);
    const fresh = new Set(start?.effects.map(({ subject }) => subject));
    const wanted = chosen.filter(
      ({ state, path }) => state !== 'current' && (state !== 'uninitialized' || fresh.has(path)),
    );
    if (paths.length > 0 && chosen.some(({ state, path }) => state === 'uninitialized' && !fresh.has(path))) {
      throw refused('not-initialized', 'A submodule is not initialized; use init');
    }
    const effects = wanted.map(({ path, head, recorded }): Effect => ({
      action: 'update submodule',
      subject: path,
      from: head,
      to: recorded,
    }));
    return {
      effects: [...(start?.effects ?? []), ...effects],
      apply: async (aborted) => {
        await start?.apply(aborted);
        const now = await this.lister.chosen(
          repository,
          wanted.map(({ path }) => path),
          aborted,
        );
        for (const submodule of wanted.length === 0 ? [] : now)
          await this.bring(repository, submodule, progress, aborted);
        return [...(start?.effects ?? []), ...effects];
      },
    };
  }

  /**
   * Clones a new submodule and stages it with `.gitmodules`.
   *
   * @throws ServerError what the policy of remotes says; `path_not_allowed`; `operation_failed` with `details.reason`:
   *   `path-exists`, `submodule-exists`, `empty-remote`
   */
  async add(
    repository: Repository,
    request: NewSubmodule,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    this.state.requireWorkTree(repository);
    const { url, path, name = path, branch } = request;
    if (branch !== undefined) requireBranchName(branch);
    const folder = submoduleFolder(repository, path);
    const gitDir = submoduleGitFolder(repository, name);
    if (entryKind(gitDir) !== 'absent') {
      throw refused('submodule-exists', 'There is, or was, a submodule of that name; give another name');
    }
    const modules = entryKind(join(repository.path, '.gitmodules'));
    if (modules !== 'file' && modules !== 'absent') {
      throw refused('gitmodules', '.gitmodules is no ordinary file; remove it first');
    }
    const tracked = await this.state.list(
      repository,
      { name: 'ls-files', options: ['-z'], paths: [path] },
      signal,
    );
    if (tracked.length > 0 || (entryKind(folder) === 'folder' && readdirSync(folder).length > 0)) {
      throw refused(
        'path-exists',
        'There is something at the path already; give one that does not exist yet',
      );
    }
    const stored = await this.writer.urlOf(repository, url, signal);
    const effect = { action: 'add submodule', subject: path, from: null, to: stored };
    return {
      effects: [effect],
      apply: async (aborted) => {
        const approved = await this.policy.approve(stored, aborted);
        const options = branch === undefined ? [] : [`--branch=${branch}`];
        const inner = await this.clone({ folder, gitDir, approved, options }, progress, aborted);
        const head = await this.state.sha(inner, 'HEAD', aborted);
        if (head === null) {
          // Nothing has come, and nothing of it may be in the way of the next one.
          for (const made of [folder, gitDir]) rmSync(made, { recursive: true, force: true });
          throw refused(
            'empty-remote',
            'The remote has no commit that a submodule could be at; push one first',
          );
        }
        declare(repository, { name, path, url, ...(branch !== undefined && { branch }) });
        await this.writer.set(repository, `submodule.${name}.active`, 'true', aborted);
        await this.writer.set(repository, `submodule.${name}.url`, stored, aborted);
        await this.stage(repository, path, head, aborted);
        return [{ ...effect, to: head }];
      },
    };
  }

  private async bring(
    repository: Repository,
    { name, path, recorded, configuredUrl, repository: there, state }: Submodule,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<void> {
    if (state === 'refused' || name === null || configuredUrl === null) {
      throw refused(
        'not-initialized',
        `A submodule cannot be updated: .gitmodules or its .git is not in order`,
      );
    }
    const folder = submoduleFolder(repository, path);
    const gitDir = submoduleGitFolder(repository, name);
    const approved = await this.policy.approve(configuredUrl, signal);
    const isKept = there === null && entryKind(gitDir) === 'folder';
    if (isKept) attach(folder, gitDir);
    const inner =
      there ??
      (isKept
        ? await this.locator.locate(folder, signal)
        : await this.clone({ folder, gitDir, approved, options: ['--no-checkout'] }, progress, signal));
    if ((await this.state.sha(inner, recorded, signal)) === null) {
      await this.fetch(inner, approved, recorded, progress, signal);
    }
    // What was just made has no changes that could be lost.
    const options = ['--quiet', '--detach', ...(there === null ? ['--discard-changes'] : [])];
    await this.commands.must(inner, { name: 'switch', options, revisions: [recorded] }, signal);
  }

  private async clone(
    { folder, gitDir, approved, options }: Place,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<Repository> {
    mkdirSync(dirname(gitDir), { recursive: true });
    mkdirSync(dirname(folder), { recursive: true });
    const target = await this.locator.locateNew(folder, signal);
    if (target !== folder) throw refused('path-exists', 'The path leads through a link');
    const command = {
      name: 'clone',
      options: [
        '--progress',
        `--upload-pack=${approved.uploadPack}`,
        `--separate-git-dir=${gitDir}`,
        ...options,
      ],
      revisions: [approved.url, target],
    };
    const run = { remote: approved.access, onStderrLine: new TransferProgress(progress).onLine };
    try {
      const made = await this.circuits.run(approved, () =>
        this.initializer.make(target, command, signal, run),
      );
      await this.writer.set(made, 'core.worktree', relative(gitDir, folder), signal);
      return await this.locator.locate(folder, signal);
    } catch (error) {
      rmSync(gitDir, { recursive: true, force: true });
      throw error;
    }
  }

  private async fetch(
    inner: Repository,
    approved: ApprovedRemote,
    commit: string,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<void> {
    const run = { remote: approved.access, onStderrLine: new TransferProgress(progress).onLine };
    const options = ['--progress', '--no-tags', `--upload-pack=${approved.uploadPack}`];
    // Not every server gives a commit that no branch ends at, so all branches are asked for first.
    for (const wanted of ['+refs/heads/*:refs/remotes/origin/*', commit]) {
      const command = { name: 'fetch', options, revisions: [approved.url, wanted] };
      await this.circuits.run(approved, () => this.commands.run(inner, command, signal, run));
      if ((await this.state.sha(inner, commit, signal)) !== null) return;
    }
    throw refused(
      'commit-not-found',
      'The remote of the submodule does not have the commit that is recorded',
    );
  }

  private async stage(
    repository: Repository,
    path: string,
    head: string,
    signal: AbortSignal,
  ): Promise<void> {
    const link = {
      name: 'update-index',
      options: ['-z', '--index-info'],
      stdin: `160000 ${head} 0\t${path}\0`,
    };
    await this.commands.must(repository, link, signal);
    const file = { name: 'update-index', options: ['--add', '-z', '--stdin'], stdin: '.gitmodules\0' };
    await this.commands.must(repository, file, signal);
  }
}
