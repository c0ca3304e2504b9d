import { type Repository } from '../repository.js';
import { type RepositoryState } from './repository-state.service.js';

/** Of an attribute without a value. */
const NO_NAME = new Set(['unspecified', 'unset', 'set']);

/**
 * The names of the filters that attributes give to files, whether there are such filters or not.
 *
 * @param paths one character for each byte, in the answer as well
 */
export async function filtersOf(
  state: RepositoryState,
  repository: Repository,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  if (paths.length === 0) return new Map();
  const stdin = Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1');
  const command = { name: 'check-attr', options: ['-z', '--stdin'], revisions: ['filter'], stdin };
  // Path, name of the attribute and value of each.
  const records = await state.list(repository, command, signal, { rawOutput: true });
  return new Map(
    paths.flatMap((path, index) => {
      const name = records[index * 3 + 2] ?? 'unspecified';
      return NO_NAME.has(name) ? [] : [[path, name] as const];
    }),
  );
}
