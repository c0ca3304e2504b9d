import { join } from 'node:path';

import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';

/** Whether the history was cut off when it was fetched. */
export function isShallow({ commonDir }: Repository): boolean {
  return entryKind(join(commonDir, 'shallow')) !== 'absent';
}
