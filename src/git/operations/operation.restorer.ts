import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { type Repository } from '../repository.js';
import { named, RepositoryState } from '../writes/repository-state.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { type Delta } from './delta.js';
import { indexCommands } from './index-writer.js';
import { writeProgress } from './progress-files.js';
import { refCommands, stashCommands } from './ref-commands.js';
import { type Change, type Facts, fileAt } from './snapshot.js';
import { Snapshots } from './snapshots.service.js';
import { WorkTreeReader } from './work-tree.reader.js';
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
  ) {}

  /**
   * Only what the change touches is looked at: whatever else happened since is kept.
   *
   * @throws ServerError `operation_failed` with `details: {reason: 'newer_work', refs?, paths?}` where something is not at
   *   `from` any more
   */
  async check(repository: Repository, delta: Delta, signal: AbortSignal): Promise<void> {
    if (delta.index.some(({ to }) => / 0[a-z]*i/.test(to ?? ''))) throw intentToAdd();
    const depth = delta.files.length > 0 ? 'worktree' : delta.index.length > 0 ? 'index' : 'refs';
    const { snapshot, limit } = await this.snapshots.take(repository, depth, signal);
    if (limit !== undefined) throw limited(limit);
    const { files } = await this.workTrees.readAll(
      repository,
      delta.files.map(({ name }) => name),
      snapshot.index,
    );
    const now = (path: string) =>
      snapshot.index.has(path) ? fileAt(snapshot, path) : (files.get(path) ?? 'absent');
    const movedFiles = delta.files.filter(({ name, from }) => now(name) !== from);
    const refs = [...moved(delta.refs, snapshot.refs), ...moved(delta.progress, snapshot.progress)];
    const isSame = delta.stashes === null || delta.stashes.from.join('\n') === snapshot.stashes.join('\n');
    const paths = [
      ...new Set([...moved(delta.index, snapshot.index), ...movedFiles.map(({ name }) => name)]),
    ];
    if (refs.length + paths.length > 0 || !isSame)
      throw newerWork([...refs, ...(isSame ? [] : ['refs/stash'])], paths);
  }

  async apply(repository: Repository, delta: Delta, signal: AbortSignal): Promise<void> {
    for (const command of refCommands(delta.refs)) await this.commands.must(repository, command, signal);
    for (const command of stashCommands(delta)) await this.commands.must(repository, command, signal);
    for (const command of indexCommands(repository, delta.index)) {
      await this.commands.must(repository, command, signal);
    }
    if (delta.files.length > 0) {
      this.state.requireWorkTree(repository);
      await this.writer.write(repository, delta.files, signal);
    }
    writeProgress(repository, delta.progress);
  }
}

function moved(changes: readonly Change[], now: Facts): readonly string[] {
  return changes.filter(({ name, from }) => (now.get(name) ?? null) !== from).map(({ name }) => name);
}

function newerWork(refs: readonly string[], paths: readonly string[]): ServerError {
  const message =
    'Since the operation something else changed what it changed, which would be lost; details name it. Take back the newer operations first, or put that work away';
  return new ServerError('operation_failed', message, {
    details: {
      reason: 'newer_work',
      ...(refs.length > 0 && { refs: refs.map(text) }),
      ...(paths.length > 0 && named(paths.map(text))),
    },
  });
}

function limited(limit: string): ServerError {
  const message = 'The work tree cannot be compared with what the operation left, so nothing was taken back';
  return new ServerError('operation_failed', message, { details: { reason: limit } });
}

function intentToAdd(): ServerError {
  const message = 'The operation ended an intent to add a file, which cannot be brought back; use git add';
  return new ServerError('operation_failed', message, { details: { reason: 'intent-to-add' } });
}

function text(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString();
}
