import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { ABSENT } from '../file-signature.js';
import { attributeFiles } from './attribute-files.js';
import { isTrue, lastValue } from './config-file.js';
import { type RepositoryHandle } from './repository-handle.js';
import { readRegularFile, signFile } from './small-file.js';
import { Unsuited } from './unsuited.error.js';
import { type FileSignature } from './worker.protocol.js';

/** Of all files together. */
const MAX_BYTES = 2 ** 20;
/** Attributes that change how a diff of stored objects is shown: what is text, and where functions begin. */
const CHANGES_DIFFS = /diff|binary|\[attr\]/;

/** What of a repository tells of its attributes. */
export type Asked = Pick<RepositoryHandle, 'place' | 'config' | 'trackedAttributes'>;

/**
 * Looks at the attribute files that git would consult for these paths.
 *
 * @returns what the diff depends on beside the objects: mostly files that are not there
 * @throws Unsuited where one of them changes how a diff is shown, which libgit2 does in a way of its own
 */
export function consultAttributes(handle: Asked, paths: readonly string[]): readonly FileSignature[] {
  if (isTrue(lastValue(handle.config, 'core.sparsecheckout'))) throw new Unsuited('sparse');
  // The second one names a tree that has them, for git from 2.43 on.
  for (const key of ['core.attributesfile', 'attr.tree'])
    if (handle.config.has(key)) throw new Unsuited('attributes');
  if (isTrue(lastValue(handle.config, 'diff.suppressblankempty'))) throw new Unsuited('diff-config');
  const files = attributeFiles(handle.place, paths);
  if (files === null) throw new Unsuited('many-folders');
  const signatures = files.map((file): FileSignature => [file, signFile(file)]);
  let left = MAX_BYTES;
  for (const [file, signature] of signatures) {
    if (signature !== ABSENT && file.endsWith('attributes')) left -= requireHarmless(file, left);
  }
  requireNoneOnlyInIndex(handle);
  return signatures;
}

/** @returns its length in bytes */
function requireHarmless(file: string, maxBytes: number): number {
  const text = readRegularFile(file, maxBytes)?.toString('latin1') ?? '';
  if (CHANGES_DIFFS.test(text)) throw new Unsuited('attributes');
  return text.length;
}

/** Git takes a tracked attribute file that is missing in the work tree from the index. */
function requireNoneOnlyInIndex(handle: Asked): void {
  const { bare, path } = handle.place;
  if (bare) return;
  for (const file of handle.trackedAttributes()) {
    if (!existsSync(join(path, file))) throw new Unsuited('attributes');
  }
}
