import { lstatSync, type Stats } from 'node:fs';

import { Unsuited } from './unsuited.error.js';

/** How many numbers tell of one file. */
export const NUMBERS = 6;
/** Some file systems count whole seconds, and one of them two at a time. */
const COARSE_MS = 2_000;

/** What changes when one of some files does. */
export interface FileLooks {
  /** `NUMBERS` for each, zeros where there is none. Times are exact to a quarter of a microsecond. */
  readonly numbers: Float64Array;
  /** After this moment, in milliseconds since 1970, none was changed. */
  readonly changedMs: number;
}

/**
 * Looks at each without following it.
 *
 * @param requireKind throws for what may not stand there
 */
export function lookAt(paths: readonly string[], requireKind: (stats: Stats) => void): FileLooks {
  const numbers = new Float64Array(paths.length * NUMBERS);
  let changedMs = 0;
  let at = 0;
  for (const path of paths) {
    const stats = statsOf(path);
    if (stats !== undefined) {
      requireKind(stats);
      const { dev, ino, mode, size, mtimeMs, ctimeMs } = stats;
      numbers[at] = dev;
      numbers[at + 1] = ino;
      numbers[at + 2] = mode;
      numbers[at + 3] = size;
      numbers[at + 4] = mtimeMs;
      numbers[at + 5] = ctimeMs;
      const atLatestMs = ctimeMs % 1_000 === 0 ? ctimeMs + COARSE_MS : ctimeMs;
      if (atLatestMs > changedMs) changedMs = atLatestMs;
    }
    at += NUMBERS;
  }
  return { numbers, changedMs };
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    throw new Unsuited('odd-file');
  }
}
