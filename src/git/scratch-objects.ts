import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Environment } from '../config/environment.js';
import { type Repository } from './repository.js';

/**
 * Gives work a folder for the objects that git writes meanwhile, instead of the repository: a merge that is only
 * looked at leaves nothing behind.
 *
 * @param work is given the folder, for `GitRunOptions.scratch` of each command that writes or reads such objects
 */
export async function withScratchObjects<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-git-objects-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Tells git to write into the folder and to read from both. */
export function scratchEnvironment({ commonDir }: Repository, folder: string): Environment {
  const objects = join(commonDir, 'objects').replaceAll(/["\\]/g, String.raw`\$&`);
  // In quotes, else a colon in the path would end it.
  return { GIT_OBJECT_DIRECTORY: folder, GIT_ALTERNATE_OBJECT_DIRECTORIES: `"${objects}"` };
}
