import { Injectable } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { type Delta } from './delta.js';
import { pathsLeft } from './linked-changes.js';
import { indexCommands } from './index-writer.js';
import { intentToAdd, newerWork, unkeptSettings, unknownState } from './newer-work.js';
import { isUnknownProgress, writeProgress } from './progress-files.js';
import { refCommands, stashCommands } from './ref-commands.js';
import { type Side } from './restoration.folder.js';
import { type Change, type Depth, fileAt, startingAt } from './snapshot.js';
import { Snapshots } from './snapshots.service.js';
import { type Contents, WorkTreeReader } from './work-tree.reader.js';
import { isUnknownSetting, settingCommands, shownBytes, shownKey } from './setting-facts.js';
import { isUnknownSparseSetting, sparseCommands } from './sparse-facts.js';
import { SubmoduleSettings } from './submodule-settings.js';
import { WorkTreeWriter } from './work-tree.writer.js';

/** Takes a repository from the one side of a change to the other. The caller holds the writer lock. */
@Injectable()
export class OperationRestorer {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly workTrees: WorkTreeReader,
    private readonly writer: WorkTreeWriter,
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly inner: SubmoduleSettings,
  ) {}

  /**
   * Only what the change touches is looked at: whatever else happened since is kept. Linked work trees and submodules are left to others.
   *
   * @throws ServerError `operation_failed` with `details: {reason: 'newer_work', refs?, paths?}` where something is not at
   *   `from` any more
   */
  async check(repository: Repository, delta: Delta, signal: AbortSignal): Promise<void> {
    if (delta.index.some(({ to }) => / 0[a-z]*i/.test(to ?? ''))) throw intentToAdd();
    if (delta.progress.some(isUnknownSparseSetting)) throw unknownState('unknown-configuration');
    if (delta.progress.some(isUnknownProgress)) throw unknownState('too-large');
    const unknown = delta.settings.filter(isUnknownSetting).map(({ name }) => shownKey(name));
    if (unknown.length > 0) throw unkeptSettings(unknown);
    const names = delta.refs.map(({ name }) => name);
    const leaving = pathsLeft(repository, delta.worktrees);
    await this.state.requireNotElsewhere(repository, names, leaving, signal);
    const { delta: now } = await this.fromNow(repository, delta, signal);
    const refs = [
      ...moved(delta.refs, now.refs),
      ...moved(delta.progress, now.progress),
      ...moved(delta.settings, now.settings).map(shownBytes),
    ];
    const isSame = delta.stashes?.from.join('\n') === now.stashes?.from.join('\n');
    const paths = new Set([...moved(delta.index, now.index), ...moved(delta.files, now.files)]);
    if (refs.length + paths.size > 0 || !isSame)
      throw newerWork([...refs, ...(isSame ? [] : ['refs/stash'])], [...paths]);
  }

  /**
   * The change that leads to `to` from what is there now.
   *
   * @returns with the contents of files that it replaces
   * @throws ServerError `operation_failed` where that cannot be told
   */
  async fromNow(
    repository: Repository,
    delta: Delta,
    signal: AbortSignal,
  ): Promise<{ delta: Delta; contents: Contents }> {
    const { snapshot, limit } = await this.snapshots.take(repository, depthOf(delta), signal);
    if (limit !== undefined) throw unknownState(limit);
    const paths = delta.files.map(({ name }) => name);
    const { files, contents } = await this.workTrees.readAll(repository, paths, snapshot.index);
    const inner = await this.inner.now(repository, delta.settings, signal);
    const file = (path: string) =>
      snapshot.index.has(path) ? fileAt(snapshot, path) : (files.get(path) ?? 'absent');
    return {
      delta: {
        refs: startingAt(delta.refs, snapshot.refs),
        stashes: delta.stashes && { from: snapshot.stashes, to: delta.stashes.to },
        progress: startingAt(delta.progress, snapshot.progress),
        settings: startingAt(delta.settings, new Map([...snapshot.settings, ...inner])),
        worktrees: delta.worktrees,
        submodules: delta.submodules,
        adminFiles: delta.adminFiles,
        index: startingAt(delta.index, snapshot.index),
        files: delta.files.map((change) => ({ ...change, from: file(change.name) })),
      },
      contents,
    };
  }

  /**
   * Makes everything ready that `apply` needs, so that it runs no program of others and takes no more room. Nothing but
   * the folder of the restoration is written.
   *
   * @returns the files in the form that `apply` takes
   */
  async prepare(repository: Repository, delta: Delta, signal: AbortSignal): Promise<readonly Change[]> {
    if (delta.files.length > 0) this.state.requireWorkTree(repository);
    return this.writer.stage(repository, delta.index, delta.files, signal);
  }

  /** @param delta with files as `prepare` gives them, which are on this side of the restoration's folder */
  async apply(repository: Repository, delta: Delta, side: Side, signal: AbortSignal): Promise<void> {
    const commands = [
      ...refCommands(delta.refs),
      ...stashCommands(delta),
      ...settingCommands(delta.settings, ''),
      ...indexCommands(repository, delta.index),
    ];
    for (const command of commands) await this.commands.must(repository, command, signal);
    await this.inner.write(repository, delta.settings, signal);
    this.writer.place(repository, delta.files, side);
    writeProgress(repository, delta.progress);
    // Last of all: git takes a file that is there for one that is wanted, whatever its entry says.
    for (const command of sparseCommands(repository, delta.progress)) {
      await this.commands.must(repository, command, signal);
    }
    if (delta.index.length + delta.files.length === 0) return;
    // All is done; without this git only has to read the files again.
    await this.writer.refresh(repository, signal).catch(() => undefined);
  }
}

/** Names of those whose `from` is another one now. */
function moved(changes: readonly Change[], now: readonly Change[]): readonly string[] {
  return changes.filter(({ from }, at) => now[at]?.from !== from).map(({ name }) => name);
}

function depthOf({ files, index }: Delta): Depth {
  if (files.length > 0) return 'worktree';
  return index.length > 0 ? 'index' : 'refs';
}
