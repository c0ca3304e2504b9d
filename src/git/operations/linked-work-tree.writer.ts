import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { entryKind } from '../paths/small-text-file.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { WorktreeFinder } from '../worktrees/worktree.finder.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { bisectFact, bisectFileChanges } from './bisect-facts.js';
import { NO_CHANGE } from './delta.js';
import { type LinkedChange, linkedChanges } from './linked-changes.js';
import {
  HALF_DONE,
  isHalfDone,
  linkedFolder,
  type LinkedPlace,
  linkedPlaces,
  writeLock,
} from './linked-places.js';
import { OperationRestorer } from './operation.restorer.js';
import { writeProgress } from './progress-files.js';
import { removeRestoration } from './restoration.folder.js';
import { type Change } from './snapshot.js';
import { changesToState, stateOf, type WorkTreeState } from './work-tree-state.js';
import { WorkTreeStates } from './work-tree-states.reader.js';

/**
 * Makes, removes, moves and locks linked work trees as a change says that was checked. A lock of its own is on one that
 * is half made or half removed, so that who finds it can begin anew.
 */
@Injectable()
export class LinkedWorkTreeWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly finder: WorktreeFinder,
    private readonly restorer: OperationRestorer,
    private readonly states: WorkTreeStates,
  ) {}

  /** Removes those that are to go, and what is left of those that are half done. */
  async removeAll(repository: Repository, changes: readonly Change[], signal: AbortSignal): Promise<void> {
    for (const change of linkedChanges(changes)) {
      const place = linkedPlaceOf(repository, change);
      // One that is neither to come nor to go is not half done, whatever its lock says.
      if (place === undefined || change.state === undefined) continue;
      if (change.path?.to !== null && !isHalfDone(place)) continue;
      await this.remove(repository, place, signal);
    }
  }

  /** Makes those that are to come, moves and locks the others. */
  async addAll(repository: Repository, changes: readonly Change[], signal: AbortSignal): Promise<void> {
    for (const change of linkedChanges(changes)) {
      const { name, path, locked, head, state, bisect } = change;
      const to = path?.to;
      const place = linkedPlaceOf(repository, change);
      if (to === null) continue;
      if (place === undefined && typeof to === 'string' && typeof state?.to === 'string') {
        await this.add(repository, name, to, state.to, signal);
        writeLock(repository, name, locked?.to ?? null);
        continue;
      }
      if (place !== undefined && to !== undefined && place.path !== to) {
        await this.move(repository, place.path, to, signal);
      }
      if (place !== undefined && head?.to) await this.point(repository, place.path, head.to, signal);
      if (place !== undefined && bisect?.to) await this.step(repository, place.path, bisect.to, signal);
      if (locked !== undefined) writeLock(repository, name, locked.to);
    }
  }

  /** Takes the lock of its own off those that stay as they are. */
  release(repository: Repository, changes: readonly Change[]): void {
    for (const change of linkedChanges(changes)) {
      const place = linkedPlaceOf(repository, change);
      if (place !== undefined && change.state !== undefined && isHalfDone(place)) {
        writeLock(repository, place.name, change.locked?.from ?? change.locked?.to ?? null);
      }
    }
  }

  private async remove(repository: Repository, place: LinkedPlace, signal: AbortSignal): Promise<void> {
    const { name, path } = place;
    // Whatever a record says, what lies outside of the roots is not touched.
    await this.finder.known(repository, path, signal);
    // Of one that is half removed git may not see that it is one. Of another one no more than git takes is removed.
    const isHalfRemoved = isHalfDone(place) && entryKind(join(path, '.git')) === 'absent';
    writeLock(repository, name, HALF_DONE);
    if (isHalfRemoved) rmSync(path, { recursive: true, force: true });
    const options = ['--force', '--force'];
    await this.commands.must(repository, { name: 'worktree remove', options, revisions: [path] }, signal);
  }

  private async move(repository: Repository, from: string, to: string, signal: AbortSignal): Promise<void> {
    // Cut off, the folder has moved and git's note of it has not.
    const isMoved = entryKind(from) === 'absent' && entryKind(join(to, '.git')) === 'file';
    const command = isMoved
      ? { name: 'worktree repair', revisions: [to] }
      : { name: 'worktree move', revisions: [from, to] };
    await this.commands.must(repository, command, signal);
  }

  /** @param head as bytes, one character each */
  private async point(
    repository: Repository,
    path: string,
    head: string,
    signal: AbortSignal,
  ): Promise<void> {
    const branch = /^ref: (refs\/heads\/.+)$/s.exec(Buffer.from(head, 'latin1').toString())?.[1];
    if (branch === undefined) return;
    const linked = await this.finder.at(repository, path, signal);
    const onto = { name: 'symbolic-ref setting', revisions: ['HEAD', branch] };
    await this.commands.must(linked, onto, signal);
  }

  /** Where files are in the way git refuses, and nothing of the bisection is changed. */
  private async step(repository: Repository, path: string, text: string, signal: AbortSignal): Promise<void> {
    const wanted = bisectFact(text);
    const linked = await this.finder.at(repository, path, signal);
    const options = ['--quiet', '--no-guess', '--detach'];
    await this.commands.must(linked, { name: 'switch', options, revisions: [wanted.head] }, signal);
    writeProgress(linked, bisectFileChanges(linked, wanted));
  }

  private async add(
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
    const now = stateOf((await this.states.of(linked, true, signal)).text);
    const delta = { ...NO_CHANGE, ...changesToState(now, wanted) };
    if (delta.index.length + delta.files.length + delta.progress.length === 0) return;
    const files = await this.restorer.prepare(linked, delta, signal);
    await this.restorer.apply(linked, { ...delta, files }, 'new', signal);
    removeRestoration(linked);
  }
}

/** Where it is, also while it has not its name yet. */
function linkedPlaceOf(repository: Repository, { name, path }: LinkedChange): LinkedPlace | undefined {
  return linkedPlaces(repository).find(
    (place) => place.name === name || (place.path === path?.to && isHalfDone(place)),
  );
}
