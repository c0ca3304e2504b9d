import { join } from 'node:path';

import { type GitCommand } from '../git-cli.port.js';
import { isTrue, lastValue } from '../libgit2/config-file.js';
import { readConfig } from '../libgit2/repository-config.js';
import { signFile } from '../libgit2/small-file.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { type Repository } from '../repository.js';
import { type Change, type Facts } from './snapshot.js';

/** Which files are checked out, in git's folder of the work tree. */
export const SPARSE_PATTERNS = 'info/sparse-checkout';
const ENABLED = 'core.sparsecheckout';
const KEYS = [ENABLED, 'core.sparsecheckoutcone'];
const TRUE = 'true';
const UNKNOWN = 'unknown';

/** Whether it is known that only a part of the files is checked out. */
export function isSparse(facts: Facts): boolean {
  return facts.get(ENABLED) === TRUE;
}

/**
 * Of the configuration that decides whether the patterns count: `true` by key, nothing for false. Without patterns it says
 * nothing; of one that is not simply to be read it is only said whether it is the same.
 *
 * @param patterns whether there are some
 */
export function readSparseSettings(repository: Repository, patterns: boolean): Facts {
  if (!patterns) return new Map();
  try {
    const config = readConfig(repository);
    return new Map(KEYS.filter((key) => isTrue(lastValue(config, key))).map((key) => [key, TRUE]));
  } catch (error) {
    if (!(error instanceof Unsuited)) throw error;
    const files = [join(repository.commonDir, 'config'), join(repository.gitDir, 'config.worktree')];
    return new Map([[ENABLED, [UNKNOWN, ...files.map(signFile)].join(' ')]]);
  }
}

/** A change from or to what is not known cannot be taken back. */
export function isUnknownSparseSetting({ name, from, to }: Change): boolean {
  return KEYS.includes(name) && [from, to].some((value) => value?.startsWith(UNKNOWN));
}

/** The commands that make these settings what `to` says, and no other ones: a record may be anybody's. */
export function sparseCommands(repository: Repository, changes: readonly Change[]): readonly GitCommand[] {
  const settings = changes.filter(({ name, to }) => KEYS.includes(name) && (to === TRUE || to === null));
  if (settings.length === 0) return [];
  const hasOwn = isTrue(lastValue(readConfig(repository), 'extensions.worktreeconfig'));
  const { gitDir, commonDir } = repository;
  const options = [`--file=${hasOwn ? join(gitDir, 'config.worktree') : join(commonDir, 'config')}`];
  return settings.map(({ name, to }) => ({
    name: 'config setting',
    options,
    revisions: [name, String(to === TRUE)],
  }));
}
