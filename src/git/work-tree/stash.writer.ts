import { Injectable } from '@nestjs/common';

import { isUnexplained } from '../cli/git-failure.js';
import { type GitResult } from '../git-cli.port.js';
import { type HeadState } from '../git-writes.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { BranchWriter } from '../writes/branch.writer.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { removeStashMark, writeStashMark } from '../writes/stash-mark.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { type ByteName, namedPaths, nameText, onStandardInput } from './path-lists.js';
import { StashReader, type StashEntry } from './stash.reader.js';
import { StashableFiles } from './stashable-files.reader.js';

export interface StashPushRequest {
  /** All where there are none. */
  readonly paths: readonly string[];
  readonly untracked: boolean;
  /** What is staged stays staged as well. */
  readonly keepIndex: boolean;
  /** Only what is staged. */
  readonly staged: boolean;
  readonly message?: string;
}

/** Puts changes aside, and takes them back. */
@Injectable()
export class StashWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly reader: StashReader,
    private readonly files: StashableFiles,
    private readonly branches: BranchWriter,
  ) {}

  /**
   * The files that `push` would put aside.
   *
   * @throws ServerError `path_not_allowed`; `operation_failed` with `details.reason`: `nothing-to-stash`,
   *   `no-commit`, `unmerged`, `beyond-border`, `bare`
   */
  async plan(
    repository: Repository,
    request: StashPushRequest,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    return (await this.select(repository, request, signal)).names.map(nameText);
  }

  /** @throws ServerError as `plan` */
  async push(
    repository: Repository,
    request: StashPushRequest,
    signal: AbortSignal,
  ): Promise<{ readonly entry: StashEntry; readonly paths: readonly string[] }> {
    const { names, selection } = await this.select(repository, request, signal);
    const pathspecs = await this.files.pathspecs(repository, selection, names, signal);
    // What is staged is taken as a whole: git takes no paths with it.
    const { options, stdin } = request.staged ? { options: [], stdin: '' } : onStandardInput(pathspecs);
    // Where it is given untracked files, git's own --keep-index puts the changes aside and then fails on their names.
    const keepsItself = request.keepIndex && !request.untracked;
    const flags = [
      '--quiet',
      ...(request.untracked ? ['--include-untracked'] : []),
      keepsItself ? '--keep-index' : '--no-keep-index',
      ...(request.staged ? ['--staged'] : []),
      ...(request.message === undefined ? [] : [`--message=${request.message}`]),
    ];
    const staged =
      request.keepIndex && !keepsItself ? await this.files.tracked(repository, selection, signal) : [];
    await this.commands.must(
      repository,
      { name: 'stash push', options: [...flags, ...options], stdin },
      signal,
    );
    if (staged.length > 0) await this.putBack(repository, staged);
    return { entry: await this.reader.entry(repository, 0, UNINTERRUPTED), paths: names.map(nameText) };
  }

  /**
   * @param options `index`: what was staged is staged again; `drop`: the entry goes once it is applied
   * @throws ServerError `merge_conflict` with `details: {operation: 'stash', paths}`: the entry stays; `operation_failed`
   *   with `details.reason`: `no-such-stash`, `local-changes`, `untracked-in-the-way`
   */
  async apply(
    repository: Repository,
    index: number,
    options: { readonly index: boolean; readonly drop: boolean },
    signal: AbortSignal,
  ): Promise<StashEntry> {
    this.state.requireWorkTree(repository);
    const entry = await this.reader.entry(repository, index, signal);
    await this.refuseConflicts(repository, signal);
    const flags = options.index ? ['--index'] : [];
    const command = { name: 'stash apply', options: flags, revisions: [entry.sha] };
    // A stash that waits was given up by whoever applies another one.
    removeStashMark(repository);
    const [head, tree] = await Promise.all([
      this.state.commit(repository, 'HEAD', signal),
      this.state.indexTree(repository, signal),
    ]);
    const result = await this.commands.run(repository, command, signal);
    if (result.exitCode !== 0) {
      const stopped = { entry: entry.sha, head, tree, drop: options.drop };
      if ((await this.state.conflicts(repository, UNINTERRUPTED)).length > 0)
        writeStashMark(repository, stopped);
      await this.explain(repository, entry, result, signal);
    }
    if (options.drop) await this.drop(repository, index, signal);
    return entry;
  }

  /** @throws ServerError `operation_failed` with `details.reason: 'no-such-stash'` */
  async drop(repository: Repository, index: number, signal: AbortSignal): Promise<StashEntry> {
    const entry = await this.reader.entry(repository, index, signal);
    const command = { name: 'stash drop', revisions: [`stash@{${index}}`] };
    await this.commands.must(repository, command, signal);
    return entry;
  }

  /** A new branch at the commit that the entry was made on, with the entry applied and dropped. */
  async branch(
    repository: Repository,
    name: string,
    index: number,
    signal: AbortSignal,
  ): Promise<HeadState & { readonly entry: StashEntry }> {
    this.state.requireWorkTree(repository);
    this.state.requireNoOperation(repository);
    const { sha } = await this.reader.entry(repository, index, signal);
    await this.branches.create(
      repository,
      name,
      await this.state.commit(repository, `${sha}^1`, signal),
      signal,
    );
    await this.branches.checkout(repository, name, signal).catch(async (error: unknown) => {
      const command = { name: 'branch', options: ['--quiet', '--delete', '--force'], revisions: [name] };
      await this.commands.run(repository, command, UNINTERRUPTED);
      throw error;
    });
    const entry = await this.apply(repository, index, { index: true, drop: true }, signal);
    return { ...(await this.state.head(repository, UNINTERRUPTED)), entry };
  }

  /** What the newest entry holds as staged, into index and work tree. The changes are aside already: not given up in between. */
  private async putBack(repository: Repository, names: readonly ByteName[]): Promise<void> {
    const { options, stdin } = onStandardInput(names);
    const restoring = ['--quiet', '--staged', '--worktree', '--source=stash@{0}^2', ...options];
    await this.commands.must(repository, { name: 'restore', options: restoring, stdin }, UNINTERRUPTED);
  }

  private async select(repository: Repository, request: StashPushRequest, signal: AbortSignal) {
    this.state.requireWorkTree(repository);
    if ((await this.state.sha(repository, 'HEAD', signal)) === null)
      throw refused('no-commit', 'There is no commit yet, so nothing can be stashed; make one first');
    if (request.staged && (request.untracked || request.keepIndex || request.paths.length > 0))
      throw refused(
        'conflicting-options',
        'What is staged is stashed alone and as a whole, without other options',
      );
    const paths = request.paths.length === 0 ? ['.'] : namedPaths(repository, request.paths);
    const selection = { untracked: request.untracked, staged: request.staged, paths };
    return { selection, names: await this.files.find(repository, selection, signal) };
  }

  private async refuseConflicts(repository: Repository, signal: AbortSignal): Promise<void> {
    const unmerged = await this.state.conflicts(repository, signal);
    if (unmerged.length > 0)
      throw refused('unmerged', 'There are conflicts; resolve them before a stash is applied', unmerged);
  }

  private async explain(
    repository: Repository,
    { sha }: StashEntry,
    result: GitResult,
    signal: AbortSignal,
  ): Promise<never> {
    await this.state.requireNoConflicts(repository, 'stash', signal);
    const failure = this.commands.failure(repository, 'stash apply', result);
    if (!isUnexplained(failure)) throw failure;
    const untracked = await this.reader.untracked(repository, sha, signal);
    if (/already exists, no checkout/.test(result.stderr))
      throw refused('untracked-in-the-way', 'Untracked files of the stash exist already', untracked);
    const changed = await this.changedBoth(repository, sha, signal);
    if (changed.length > 0)
      throw refused('local-changes', 'Local changes would be lost; commit or stash them first', changed);
    throw failure;
  }

  private async changedBoth(repository: Repository, sha: string, signal: AbortSignal) {
    const names = ['--name-only', '-z', '--no-renames'];
    const [stashed, local] = await Promise.all([
      this.state.list(repository, { name: 'diff', options: names, revisions: [`${sha}^1`, sha] }, signal),
      this.state.list(repository, { name: 'diff', options: names, revisions: ['HEAD'] }, signal),
    ]);
    const moving = new Set(stashed);
    return local.filter((path) => moving.has(path));
  }
}
