import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { noteEngine } from '../../observability/operation-trace.js';
import { IndexEntries } from '../libgit2/index-file.js';
import { readRegularFile } from '../libgit2/small-file.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { type Repository } from '../repository.js';
import { type ByteName } from '../work-tree/path-lists.js';

const MAX_BYTES = 64 * 2 ** 20;
/** The server does something else in between. */
const AT_ONCE = 5_000;
const ID = 40;
const ID_BYTES = 20;
const STAGE_SHIFT = 12;
const MODE_DIGITS = 6;

export interface IndexEntry {
  readonly path: ByteName;
  /** `100644`, `100755`, `120000`, `160000`. */
  readonly mode: string;
  readonly sha: string;
  /** 0, or in a conflict 1 (base), 2 (ours), 3 (theirs). */
  readonly stage: number;
}

/**
 * What `git ls-files --stage` lists, read from the index file itself.
 *
 * @returns `undefined` where git is to be asked: an index that is split, sparse, of another version, damaged
 */
export async function indexHere({ gitDir }: Repository): Promise<readonly IndexEntry[] | undefined> {
  try {
    const index = readRegularFile(join(gitDir, 'index'), MAX_BYTES);
    const entries = index === null ? [] : await entriesOf(index);
    noteEngine('objects');
    return entries;
  } catch (error) {
    if (error instanceof Unsuited || error instanceof RangeError) return undefined;
    throw error;
  }
}

async function entriesOf(index: Buffer): Promise<readonly IndexEntry[]> {
  const entries = new IndexEntries(index);
  const modes = new Map<number, string>();
  const listed: IndexEntry[] = [];
  for (let before: IndexEntry | undefined; entries.move(); before = listed.at(-1)) {
    const { at, nameStart, nameEnd, flags, mode } = entries;
    const spelled = modes.get(mode) ?? mode.toString(8).padStart(MODE_DIGITS, '0');
    modes.set(mode, spelled);
    const entry = {
      path: index.toString('latin1', nameStart, nameEnd),
      mode: spelled,
      sha: index.toString('hex', at + ID, at + ID + ID_BYTES),
      stage: (flags >> STAGE_SHIFT) & 3,
    };
    if (entry.path === '' || (before !== undefined && !isBefore(before, entry)))
      throw new Unsuited('odd-index');
    listed.push(entry);
    if (listed.length % AT_ONCE === 0) await setImmediate();
  }
  if (!entries.endsPlainly()) throw new Unsuited('odd-index');
  return listed;
}

/** Git reads no index in another order. */
function isBefore(one: IndexEntry, other: IndexEntry): boolean {
  if (one.path !== other.path) return one.path < other.path;
  return one.stage > 0 && one.stage < other.stage;
}
