import { Injectable } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { AdminFiles } from './admin-files.reader.js';
import { strangersIn } from './admin-files.restorer.js';
import { isBisectOnTheWay } from './bisect-facts.js';
import { changesOnly, type Delta } from './delta.js';
import { unknownState } from './newer-work.js';
import { linkedChanges, stateKey } from './linked-changes.js';
import { isHalfDone, isWorkedIn, linkedPlaces } from './linked-places.js';
import { LinkedWorkTreeGuard, whereIs } from './linked-work-tree.guard.js';
import { type Side } from './restoration.folder.js';
import { isPartlyWritten, shownBytes } from './setting-facts.js';
import { type Change, type Facts } from './snapshot.js';
import { Snapshots } from './snapshots.service.js';
import { isSubmoduleOnTheWay } from './submodule-facts.js';
import { SubmoduleRestorer } from './submodule.restorer.js';
import { SubmoduleSettings } from './submodule-settings.js';
import { isForeignTo, isSameState, stateOf } from './work-tree-state.js';
import { fileValue, FOLDER } from './work-tree.reader.js';
import { WorkTreeWriter } from './work-tree.writer.js';

export interface Progress {
  /** What is still to be done, from what is there now. */
  readonly left: Delta;
  /** Where somebody else has been: neither what was there before, nor what is to be, nor on the way between. */
  readonly refs: readonly string[];
  readonly paths: readonly string[];
}

interface Compared {
  readonly left: readonly Change[];
  readonly foreign: readonly string[];
}

/** How far a restoration came that was cut off, be it between two steps or within one. */
@Injectable()
export class RestorationProgress {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly writer: WorkTreeWriter,
    private readonly linked: LinkedWorkTreeGuard,
    private readonly submodules: SubmoduleRestorer,
    private readonly inner: SubmoduleSettings,
    private readonly adminFiles: AdminFiles,
  ) {}

  /**
   * @param delta with files as `WorkTreeWriter.stage` gives them, which are on this side of the restoration's folder
   * @throws ServerError `operation_failed` where the index cannot be read
   */
  async of(repository: Repository, delta: Delta, side: Side): Promise<Progress> {
    const depth = delta.index.length > 0 ? 'index' : 'refs';
    const { snapshot, limit } = await this.snapshots.take(repository, depth, UNINTERRUPTED);
    if (limit !== undefined) throw unknownState(limit);
    const refs = compared(delta.refs, snapshot.refs, () => false);
    const progress = compared(delta.progress, snapshot.progress, (now) => now === null);
    const own = await this.inner.now(repository, delta.settings, UNINTERRUPTED);
    const settings = compared(delta.settings, new Map([...snapshot.settings, ...own]), isPartlyWritten);
    const index = compared(delta.index, snapshot.index, (now, { to }) => unmarked(now) === unmarked(to));
    const files = await this.files(repository, delta.files, side);
    const linked = await this.worktrees(repository, delta.worktrees);
    const inner = await this.submodules.now(repository, delta, UNINTERRUPTED);
    const submodules = compared(delta.submodules, factsOf(inner), isSubmoduleOnTheWay);
    const adminFiles = compared(
      delta.adminFiles,
      this.adminFiles.now(repository, delta.adminFiles),
      isCutShort,
    );
    const isForeign = delta.stashes !== null && !isPartOf(snapshot.stashes, delta.stashes);
    return {
      left: changesOnly({
        refs: refs.left,
        stashes: delta.stashes && { from: snapshot.stashes, to: delta.stashes.to },
        progress: progress.left,
        settings: settings.left,
        worktrees: linked.left,
        submodules: submodules.left,
        adminFiles: adminFiles.left,
        index: index.left,
        files: files.left,
      }),
      refs: [
        ...refs.foreign,
        ...progress.foreign,
        ...settings.foreign.map(shownBytes),
        ...(isForeign ? ['refs/stash'] : []),
      ],
      paths: [
        ...new Set([
          ...index.foreign,
          ...files.foreign,
          ...linked.foreign,
          ...submodules.foreign,
          ...adminFiles.foreign,
          ...strangersIn(repository, delta.adminFiles).map(bytesOf),
        ]),
      ],
    };
  }

  private async worktrees(repository: Repository, changes: readonly Change[]): Promise<Compared> {
    const now = await this.linked.now(repository, changes, UNINTERRUPTED);
    const half = linkedPlaces(repository).filter(isHalfDone);
    const facts = factsOf(now);
    const { left, foreign } = compared(changes, facts, isOnTheWayIn);
    const others = linkedChanges(changes).filter(({ name, path, state }) => {
      const place = half.find((one) => one.name === name || one.path === path?.to);
      const is = facts.get(stateKey(name));
      // Without its `.git` it cannot be asked what it holds.
      if (place !== undefined && state !== undefined && is === undefined)
        return isWorkedIn(repository, place);
      if (!foreign.some((part) => part.startsWith(`${name}/`))) return false;
      if (place === undefined || is === undefined) return place === undefined;
      // Somebody may have worked in one that stood half done.
      const wanted = state?.to ?? state?.from;
      return typeof wanted === 'string' && isForeignTo(stateOf(wanted), is);
    });
    return { left, foreign: others.map((change) => whereIs(repository, change)) };
  }

  private async files(repository: Repository, changes: readonly Change[], side: Side): Promise<Compared> {
    const now = new Map<string, string>();
    for (const { name } of changes) {
      const value = await fileValue(repository.path, name, repository.objectFormat);
      if (value !== null) now.set(name, value);
    }
    const { left, foreign } = compared(changes, now, isOnTheWay);
    const needed = left.filter(({ from, to }) => from !== to && to !== null && to !== FOLDER);
    const missing = needed.filter(({ name }) => !this.writer.isStaged(repository, name, side));
    return { left, foreign: [...foreign, ...missing.map(({ name }) => name)] };
  }
}

function factsOf(now: readonly Change[]): Facts {
  return new Map(now.flatMap(({ name, from }) => (from === null ? [] : [[name, from]])));
}

function compared(
  changes: readonly Change[],
  facts: Facts,
  isBetween: (now: string | null, change: Change) => boolean,
): Compared {
  const now = changes.map((change) => ({ ...change, from: facts.get(change.name) ?? null }));
  const foreign = changes.filter((change, at) => {
    const is = now[at]?.from ?? null;
    return is !== change.to && is !== change.from && !isBetween(is, change);
  });
  return { left: now, foreign: foreign.map(({ name }) => name) };
}

/** One goes before the other comes, and a folder stands where only one of them is a file. */
function isOnTheWay(now: string | null, { from, to }: Change): boolean {
  return now === null || (now === FOLDER && (from === null || to === null));
}

function isOnTheWayIn(now: string | null, change: Change): boolean {
  if (change.name.endsWith('/bisect')) return isBisectOnTheWay(now, change);
  return change.name.endsWith('/state') && (isSameState(now, change.from) || isSameState(now, change.to));
}

/** A file is written from its beginning. */
function isCutShort(now: string | null, { to }: Change): boolean {
  return now !== null && to !== null && to.startsWith(now);
}

/** Marks of entries are set one after the other. */
function unmarked(entry: string | null): string | undefined {
  return entry?.replaceAll(/(?<= \d)[a-z]+$/gm, '');
}

/** They are stored anew from the oldest on. */
function isPartOf(now: readonly string[], { from, to }: NonNullable<Delta['stashes']>): boolean {
  return [from, to].some((list) => list.slice(list.length - now.length).join('\n') === now.join('\n'));
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}
