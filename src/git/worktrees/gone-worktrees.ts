import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { entryKind, readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';

/**
 * The linked work trees that a prune forgets, by the names of their folders in git's `worktrees`. As git has it: those
 * that are not locked, and whose folder is gone, or that another one is in. What is behind a link is none of ours.
 */
export function goneWorktrees({ commonDir }: Repository): readonly string[] {
  const folder = join(commonDir, 'worktrees');
  if (entryKind(folder) !== 'folder') return [];
  const links = new Map(
    readdirSync(folder).map((name) => {
      const link = readSmallFile(join(folder, name, 'gitdir'))?.trimEnd();
      return [name, link ? resolve(folder, name, link) : undefined];
    }),
  );
  const all = [...links.values()];
  return [...links].flatMap(([name, link]) => {
    if (entryKind(join(folder, name)) === 'link') return [];
    if (entryKind(join(folder, name, 'locked')) !== 'absent') return [];
    const isThere = link !== undefined && entryKind(link) !== 'absent';
    return isThere && all.filter((other) => other === link).length === 1 ? [] : [name];
  });
}
