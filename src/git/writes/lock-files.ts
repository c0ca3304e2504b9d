import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { COMMAND_TABLE } from '../cli/command-table.js';
import { readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';

const BRANCH = /^(?:ref: )?(refs\/heads\/[^\s]+)\s*$/;

/**
 * A lock that the command would meet half-way: git takes them one after the other, and what it did before the one that
 * is held stays done.
 *
 * @returns its path
 */
export function lockInTheWay({ gitDir, commonDir }: Repository, command: string): string | undefined {
  if (COMMAND_TABLE.get(command)?.movesHead !== true) return undefined;
  const branches = ['HEAD', 'rebase-merge/head-name', 'rebase-apply/head-name'].flatMap((file) => {
    const branch = BRANCH.exec(readSmallFile(join(gitDir, file)) ?? '')?.[1];
    return branch === undefined || branch.includes('..') ? [] : [join(commonDir, `${branch}.lock`)];
  });
  const locks = [indexLock({ gitDir }), join(gitDir, 'HEAD.lock'), ...branches];
  return locks.find((path) => existsSync(path));
}

export function indexLock({ gitDir }: Pick<Repository, 'gitDir'>): string {
  return join(gitDir, 'index.lock');
}
