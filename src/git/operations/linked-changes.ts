import { type Repository } from '../repository.js';
import { type LinkedPlace, linkedFolder, linkedPlaces } from './linked-places.js';
import { type Change, changesBetween, type Facts } from './snapshot.js';
import { type WorkTreeState, stateOf } from './work-tree-state.js';

const KEY = /^(?<name>[^/]+)\/(?<what>path|locked|head|state|bisect)$/s;

export const stateKey = (name: string) => `${name}/state`;

/** The facts that are cheap to know. */
export function placeFacts(places: readonly LinkedPlace[]): Facts {
  return new Map(
    places.flatMap(({ name, path, locked, head }): [string, string][] => [
      [`${name}/path`, path],
      ...(head === null ? [] : [[`${name}/head`, head] as [string, string]]),
      ...(locked === null ? [] : [[`${name}/locked`, locked] as [string, string]]),
    ]),
  );
}

/** On which branches other work trees of a repository are. */
export function headFacts(repository: Repository): Facts {
  const others = linkedPlaces(repository).filter(
    ({ name }) => linkedFolder(repository, name) !== repository.gitDir,
  );
  return new Map(others.flatMap(({ name, head }) => (head === null ? [] : [[`${name}/head`, head]])));
}

/**
 * What a work tree holds counts where it came or went, and its branch where that got another name; else others work in it.
 *
 * @param refs what changed of them
 */
export function linkedChangesBetween(
  before: Facts,
  after: Facts,
  refs: readonly Change[],
): readonly Change[] {
  return changesBetween(before, after).filter(({ name, from, to }) => {
    if (name.endsWith('/state')) return from === null || to === null;
    if (name.endsWith('/bisect')) return from !== null && to !== null;
    return !name.endsWith('/head') || (isGone(refs, from) && isGone(refs.map(turned), to));
  });
}

function isGone(refs: readonly Change[], head: string | null): boolean {
  return refs.some(({ name, to }) => `ref: ${name}` === head && to === null);
}

export function turned({ name, from, to }: Change): Change {
  return { name, from: to, to: from };
}

/** What changes of one linked work tree; a part that does not is left out. */
export interface LinkedChange {
  readonly name: string;
  readonly path?: Change;
  readonly locked?: Change;
  /** Its branch got another name. */
  readonly head?: Change;
  readonly state?: Change;
  /** Its bisection went on. */
  readonly bisect?: Change;
}

export function linkedChanges(changes: readonly Change[]): readonly LinkedChange[] {
  const found = new Map<string, LinkedChange>();
  for (const change of changes) {
    const { name = '', what = '' } = KEY.exec(change.name)?.groups ?? {};
    if (name === '' || name === '.' || name === '..') continue;
    found.set(name, { ...found.get(name), name, [what]: change });
  }
  return [...found.values()];
}

/** Paths of work trees that are on another branch afterwards, or gone. */
export function pathsLeft(repository: Repository, changes: readonly Change[]): readonly string[] {
  const left = linkedChanges(changes).filter(({ path, head }) => path?.to === null || head !== undefined);
  const names = new Set(left.map(({ name }) => name));
  return linkedPlaces(repository).flatMap(({ name, path }) => (names.has(name) ? [path] : []));
}

/** What work trees that come or go hold, on either side. */
export function statesIn(changes: readonly Change[]): readonly WorkTreeState[] {
  return linkedChanges(changes)
    .flatMap(({ state }) => [state?.from, state?.to])
    .flatMap((text) => (typeof text === 'string' ? [stateOf(text)] : []));
}
