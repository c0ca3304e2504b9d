import { join } from 'node:path';

import { type Repository } from '../../src/git/repository.js';

/** As the locator would describe it. @param path a real path */
export function repositoryAt(path: string, changes: Partial<Repository> = {}): Repository {
  const gitDir = join(path, '.git');
  return {
    path,
    gitDir,
    commonDir: gitDir,
    bare: false,
    objectFormat: 'sha1',
    refFormat: 'files',
    trust: 'untrusted',
    ...changes,
  };
}
