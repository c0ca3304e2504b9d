import { Inject, Injectable } from '@nestjs/common';

import { entryKind } from '../paths/small-text-file.js';
import { refused } from '../refusal.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../repository-locks.port.js';
import { type Repository } from '../repository.js';
import { hasKept } from '../submodules/kept-modules.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { bisectFacts } from './bisect-facts.js';
import { type Delta } from './delta.js';
import { type LinkedChange, linkedChanges, stateKey } from './linked-changes.js';
import { linkedFolder, linkedPlaces } from './linked-places.js';
import { newerWork, unknownState } from './newer-work.js';
import { OperationLooks } from './operation.looks.js';
import { type Change, startingAt } from './snapshot.js';
import { isSameState, stateOf, unkeptPart } from './work-tree-state.js';

const BRANCH = /^ref: (refs\/heads\/.+)$/s;

/** Says whether linked work trees can be brought to the other side of a change without losing anything. */
@Injectable()
export class LinkedWorkTreeGuard {
  constructor(
    private readonly looks: OperationLooks,
    private readonly state: RepositoryState,
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
  ) {}

  /**
   * @throws ServerError `path_not_allowed`; `operation_failed` with `details.reason`: `newer_work` with the paths of work
   *   trees, `not-kept`, `current`, `locked`, `checked-out`
   */
  async check(repository: Repository, delta: Delta, signal: AbortSignal): Promise<void> {
    if (delta.worktrees.length === 0) return;
    const all = linkedChanges(delta.worktrees);
    for (const change of all) {
      refuseUnkept(change);
      if (typeof change.path?.from === 'string') requireUnlocked(repository, change);
      if (change.path?.to === null) requireOther(repository, change);
    }
    const now = await this.now(repository, delta.worktrees, signal);
    const names = new Set(linkedPlaces(repository).map(({ name }) => name));
    const foreign = all.filter(
      ({ name, path }) =>
        (path === undefined && !names.has(name)) ||
        delta.worktrees.some(
          (change, at) => change.name.startsWith(`${name}/`) && !isAsBefore(now[at]?.from ?? null, change),
        ),
    );
    if (foreign.length > 0)
      throw newerWork(
        [],
        foreign.map((change) => whereIs(repository, change)),
      );
    for (const { name, path, state, head, bisect } of all) {
      const place = (head ?? bisect) && linkedPlaces(repository).find((one) => one.name === name);
      // Its HEAD is changed from there.
      if (place !== undefined) await this.locator.locate(place.path, signal);
      if (path === undefined || path.to === null) continue;
      await this.requireFree(path.to, signal);
      if (typeof state?.to !== 'string') continue;
      const wanted = stateOf(state.to);
      await this.requireBranch(repository, wanted, delta, signal);
      if (wanted.modules !== null && !hasKept(repository, wanted.modules))
        throw unkeptWorkTree('submodules', path.to);
    }
  }

  /** The changes from what is there now. */
  async now(
    repository: Repository,
    changes: readonly Change[],
    signal: AbortSignal,
  ): Promise<readonly Change[]> {
    if (changes.length === 0) return changes;
    const deep = new Set(linkedChanges(changes).flatMap(({ name, state }) => (state ? [name] : [])));
    const { facts, limit } = await this.looks.linked(repository, ({ name }) => deep.has(name), signal);
    if (limit !== undefined) throw unknownState(limit);
    return startingAt(changes, new Map([...facts, ...bisectFacts(repository)]));
  }

  private async requireFree(path: string, signal: AbortSignal): Promise<void> {
    if (entryKind(path) !== 'absent') throw newerWork([], [bytesOf(path)]);
    if ((await this.locator.locateNew(path, signal)) !== path) throw newerWork([], [bytesOf(path)]);
  }

  private async requireBranch(
    repository: Repository,
    { head, commit }: { readonly head: string; readonly commit: string },
    { refs }: Delta,
    signal: AbortSignal,
  ): Promise<void> {
    const branch = BRANCH.exec(head)?.[1];
    if (branch === undefined) return;
    await this.state.requireNotCheckedOut(repository, branch, signal);
    const change = refs.find(({ name }) => name === bytesOf(branch));
    const is = change ? change.to : await this.state.sha(repository, branch, signal);
    if (is !== commit) throw newerWork([bytesOf(branch)], []);
  }
}

function requireOther(repository: Repository, { name }: LinkedChange): void {
  if (linkedFolder(repository, name) !== repository.gitDir) return;
  const message =
    'That would remove the work tree that repo_path names; name another one of the repository as repo_path';
  throw refused('current', message);
}

function requireUnlocked(repository: Repository, { name, locked }: LinkedChange): void {
  const place = linkedPlaces(repository).find((one) => one.name === name);
  if (place === undefined || place.locked === (locked?.from ?? null)) return;
  const message = 'The work tree that would be moved or removed is locked; unlock it first';
  throw refused('locked', message, { worktree: place.path });
}

function refuseUnkept({ state, path }: LinkedChange): void {
  const isKept = path === undefined || (path.from !== null && path.to !== null) || state !== undefined;
  const reasons = [state?.from, state?.to].flatMap((text) =>
    typeof text === 'string' ? (unkeptPart(text) ?? []) : [],
  );
  if (isKept && reasons.length === 0) return;
  throw unkeptWorkTree(reasons[0] ?? 'unreadable', path?.from ?? path?.to ?? null);
}

function unkeptWorkTree(why: string, worktree: string | null) {
  const message = `What a work tree held is not kept by the log (${why}), so it cannot be brought back as it was; use git_worktree`;
  return refused('not-kept', message, worktree ? { worktree } : {});
}

function isAsBefore(now: string | null, { name, from }: Change): boolean {
  return name === stateKey(name.slice(0, name.indexOf('/'))) ? isSameState(now, from) : now === from;
}

/** Its path as bytes, one character each. */
export function whereIs(repository: Repository, { name, path }: LinkedChange): string {
  const place = linkedPlaces(repository).find((one) => one.name === name);
  return bytesOf(place?.path ?? path?.from ?? path?.to ?? name);
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}
