import { join } from 'node:path';

import { entryKind, readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { linkedFolder, linkedPlaces } from './linked-places.js';
import { readProgress } from './progress-files.js';
import { type Change, changesBetween, type Facts } from './snapshot.js';

/** How far a bisection is, but for what is checked out in its work tree. */
export interface BisectFact {
  /** The commit that is to be tried. */
  readonly head: string;
  /** Files by their name in git's folder. */
  readonly files: readonly (readonly [string, string])[];
}

export const bisectKey = (name: string) => `${name}/bisect`;

/** Of all linked work trees in which one is going on. */
export function bisectFacts(repository: Repository): Facts {
  const facts = new Map<string, string>();
  for (const { name } of linkedPlaces(repository)) {
    const gitDir = linkedFolder(repository, name);
    if (entryKind(join(gitDir, 'BISECT_LOG')) !== 'file') continue;
    const head = (readSmallFile(join(gitDir, 'HEAD')) ?? '').trimEnd();
    const files = [...readProgress({ ...repository, gitDir })].toSorted(([one], [other]) =>
      one < other ? -1 : 1,
    );
    facts.set(bisectKey(name), JSON.stringify({ head, files }));
  }
  return facts;
}

export function bisectFact(text: string): BisectFact {
  return JSON.parse(text) as BisectFact;
}

/** What makes the files what they are to be. */
export function bisectFileChanges(linked: Repository, { files }: BisectFact): readonly Change[] {
  return changesBetween(readProgress(linked), new Map(files));
}

/** HEAD moves, then each file is removed and written. */
export function isBisectOnTheWay(now: string | null, { from, to }: Change): boolean {
  if (now === null || from === null || to === null) return false;
  const [is, ...sides] = [now, from, to].map(bisectFact);
  if (is === undefined || !sides.some(({ head }) => head === is.head)) return false;
  return is.files.every(([name, text]) =>
    sides.some(({ files }) => files.some(([other, its]) => other === name && its === text)),
  );
}
