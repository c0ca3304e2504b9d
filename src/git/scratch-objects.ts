import { join } from 'node:path';

import { type Environment } from '../config/environment.js';
import { type Repository } from './repository.js';

/** Tells git to write objects into the folder and to read them from both: what is only looked at leaves nothing behind. */
export function scratchEnvironment({ commonDir }: Repository, folder: string): Environment {
  const objects = join(commonDir, 'objects').replaceAll(/["\\]/g, String.raw`\$&`);
  // In quotes, else a colon in the path would end it.
  return { GIT_OBJECT_DIRECTORY: folder, GIT_ALTERNATE_OBJECT_DIRECTORIES: `"${objects}"` };
}
