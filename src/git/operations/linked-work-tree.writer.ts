import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { WorktreeFolderWriter } from '../worktrees/worktree-folder.writer.js';
import { WorktreeFinder } from '../worktrees/worktree.finder.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { bisectFact, bisectFileChanges } from './bisect-facts.js';
import { type LinkedChange, linkedChanges } from './linked-changes.js';
import {
  HALF_DONE,
  isHalfDone,
  linkedFolder,
  type LinkedPlace,
  linkedPlaces,
  writeLock,
} from './linked-places.js';
import { LinkedWorkTreeMaker } from './linked-work-tree.maker.js';
import { writeProgress } from './progress-files.js';
import { type Change } from './snapshot.js';

/**
 * Makes, removes, moves and locks linked work trees as a change says that was checked. A lock of its own is on one that
 * is half made or half removed, so that who finds it can begin anew.
 */
@Injectable()
export class LinkedWorkTreeWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly finder: WorktreeFinder,
    private readonly folders: WorktreeFolderWriter,
    private readonly maker: LinkedWorkTreeMaker,
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
        await this.maker.make(repository, name, to, state.to, signal);
        writeLock(repository, name, locked?.to ?? null);
        continue;
      }
      if (place !== undefined && to !== undefined && place.path !== to) {
        await this.folders.move(repository, foldersOf(repository, place), to, signal);
      }
      if (place !== undefined && head?.to && head.from !== head.to)
        await this.point(repository, place.path, head.to, signal);
      if (place !== undefined && bisect?.to && bisect.from !== bisect.to)
        await this.step(repository, place.path, bisect.to, signal);
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
    await this.folders.remove(repository, foldersOf(repository, place), ['--force', '--force'], signal);
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
}

/** Where it is, also while it has not its name yet. */
function linkedPlaceOf(repository: Repository, { name, path }: LinkedChange): LinkedPlace | undefined {
  return linkedPlaces(repository).find(
    (place) => place.name === name || (place.path === path?.to && isHalfDone(place)),
  );
}

function foldersOf(repository: Repository, { name, path }: LinkedPlace) {
  return { path, gitDir: linkedFolder(repository, name) };
}
