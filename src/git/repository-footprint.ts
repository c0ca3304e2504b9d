import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { listRefs, resolveRef } from './libgit2/ref-files.js';
import { readEnd, signFile } from './libgit2/small-file.js';
import { isOfOperations } from './operations/operation-refs.js';
import { type Repository } from './repository.js';
import { unfinishedOperation } from './writes/unfinished-operation.js';

/** Reading more of them would hold up everybody else. */
const MAX_LOOSE_REFS = 1_024;
const CHECKSUM_BYTES = 20;

/** What a repository looks like from outside: enough to tell whether a command has changed it. */
export interface Footprint {
  readonly [part: string]: string | null;
  /** Of the commit that HEAD names; null on a branch without one. */
  readonly commit: string | null;
  /** The branch that HEAD is on, or HEAD itself. */
  readonly branch: string;
  /** Changes with each ref. */
  readonly refs: string;
  /** Changes with what is staged. */
  readonly index: string;
  /** Waits for a continue or an abort. */
  readonly operation: string | null;
}

type Place = Pick<Repository, 'gitDir' | 'commonDir' | 'path'>;

/** @returns nothing where the files do not tell: another format, a damaged or a very large repository */
export function footprintOf(place: Place): Footprint | undefined {
  try {
    const { name, sha } = resolveRef(place, 'HEAD');
    if (sha === null && name === 'HEAD') return undefined; // There is no repository any more.
    return {
      commit: sha,
      branch: name,
      refs: refsOf(place),
      index: indexOf(place),
      operation: unfinishedOperation(place as Repository),
    };
  } catch {
    return undefined; // Whoever asks does not need to know why, only that nobody can tell.
  }
}

function refsOf(place: Place): string {
  // What the server notes of its operations says nothing about whether they were carried out.
  const loose = [...listRefs(place, 'refs', { maxLoose: MAX_LOOSE_REFS })].filter(
    ([name]) => !isOfOperations(name),
  );
  const hash = createHash('sha256').update(signFile(join(place.commonDir, 'packed-refs')));
  return hash.update(JSON.stringify(loose.toSorted())).digest('hex');
}

/** git ends the index with a checksum of the rest; where it was told not to, the file's signature must do. */
function indexOf({ gitDir }: Place): string {
  const path = join(gitDir, 'index');
  const checksum = readEnd(path, CHECKSUM_BYTES);
  return checksum === null || checksum.every((byte) => byte === 0)
    ? signFile(path)
    : checksum.toString('hex');
}
