import { closeSync, constants, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { realPathOf } from '../paths/allowed-roots.js';
import { type Repository } from '../repository.js';

// What a link leads to is not the repository's file.
const FLAGS =
  constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Lets git take folders in the work tree for ignored, in this repository alone. Where the file is not an ordinary one,
 * nothing is done: they then show as untracked.
 */
export function excludeFolders({ commonDir }: Repository, pattern: string): void {
  const info = join(commonDir, 'info');
  try {
    mkdirSync(info, { recursive: true });
    if (realPathOf(info) !== info) return;
    const file = openSync(join(info, 'exclude'), FLAGS, 0o644);
    try {
      const text = readFileSync(file, 'utf8');
      if (text.split('\n').includes(pattern)) return;
      writeSync(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}${pattern}\n`);
    } finally {
      closeSync(file);
    }
  } catch {
    // A file that cannot be written to is no reason not to make the work tree.
  }
}
