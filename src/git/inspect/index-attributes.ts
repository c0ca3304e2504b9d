import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { endsWithAttributes, IndexEntries } from '../libgit2/index-file.js';
import { readRegularFile, signFile } from '../libgit2/small-file.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { type Repository } from '../repository.js';

/** Some 20,000 entries; more would hold up the server each time that one changes. */
const MAX_BYTES = 2 * 2 ** 20;
const MAX_KEPT = 64;
const ID = 40;
const kept = new Map<string, { readonly signature: string; readonly attributes: string }>();

/**
 * What the index says of its files of attributes: `git diff-tree` takes those from there that the work tree lacks.
 *
 * @returns a short text that is another one where they are; of an index that is not simply read it changes with the index
 */
export function indexAttributes({ gitDir }: Repository): string {
  const path = join(gitDir, 'index');
  const signature = unlessUnsuited(() => signFile(path)) ?? 'odd';
  const known = kept.get(path);
  if (known?.signature === signature) return known.attributes;
  const attributes = unlessUnsuited(() => digest(readRegularFile(path, MAX_BYTES))) ?? signature;
  const oldest = kept.keys().next();
  if (kept.size >= MAX_KEPT && !oldest.done) kept.delete(oldest.value);
  if (unlessUnsuited(() => signFile(path)) === signature) kept.set(path, { signature, attributes });
  return attributes;
}

/**
 * Of ids and names of those that are files of attributes.
 *
 * @throws Unsuited, RangeError for an index whose entries are not simply there: split, sparse, of another version or of longer ids
 */
function digest(index: Buffer | null): string {
  if (index === null) return '';
  const hash = createHash('sha1');
  const entries = new IndexEntries(index);
  while (entries.move()) {
    const { at, nameStart, nameEnd } = entries;
    if (endsWithAttributes(index, nameStart, nameEnd)) hash.update(index.subarray(at + ID, nameEnd + 1));
  }
  if (!entries.endsPlainly()) throw new Unsuited('odd-index');
  return hash.digest('hex');
}

function unlessUnsuited<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unsuited || error instanceof RangeError) return undefined;
    throw error;
  }
}
