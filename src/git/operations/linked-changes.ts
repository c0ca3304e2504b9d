import { type LinkedPlace } from './linked-places.js';
import { type Change, changesBetween, type Facts } from './snapshot.js';
import { type WorkTreeState, stateOf } from './work-tree-state.js';

const KEY = /^(?<name>[^/]+)\/(?<what>path|locked|state)$/s;

export const stateKey = (name: string) => `${name}/state`;

/** The facts that are cheap to know. */
export function placeFacts(places: readonly LinkedPlace[]): Facts {
  return new Map(
    places.flatMap(({ name, path, locked }): [string, string][] => [
      [`${name}/path`, path],
      ...(locked === null ? [] : [[`${name}/locked`, locked] as [string, string]]),
    ]),
  );
}

/** What a work tree holds counts where it came or went; else others work in it. */
export function linkedChangesBetween(before: Facts, after: Facts): readonly Change[] {
  return changesBetween(before, after).filter(
    ({ name, from, to }) => !name.endsWith('/state') || from === null || to === null,
  );
}

/** What changes of one linked work tree; a part that does not is left out. */
export interface LinkedChange {
  readonly name: string;
  readonly path?: Change;
  readonly locked?: Change;
  readonly state?: Change;
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

/** What work trees that come or go hold, on either side. */
export function statesIn(changes: readonly Change[]): readonly WorkTreeState[] {
  return linkedChanges(changes)
    .flatMap(({ state }) => [state?.from, state?.to])
    .flatMap((text) => (typeof text === 'string' ? [stateOf(text)] : []));
}
