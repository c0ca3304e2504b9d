import { type GitCommand } from '../git-cli.port.js';
import { type Repository } from '../repository.js';
import { type Change } from './snapshot.js';

const FLAGS: readonly (readonly [mark: string, option: string])[] = [
  ['s', '--skip-worktree'],
  ['v', '--assume-unchanged'],
];

/** Notes in the index which files are as it has them. */
export const REFRESH: GitCommand = {
  name: 'update-index',
  options: ['-q', '--ignore-submodules', '--refresh'],
};

/** The commands that make entries of the index what `to` says. */
export function indexCommands(
  { objectFormat }: Repository,
  changes: readonly Change[],
): readonly GitCommand[] {
  if (changes.length === 0) return [];
  const nobody = '0'.repeat(objectFormat === 'sha256' ? 64 : 40);
  // First everything out: what was a file may become a folder.
  const out = changes.filter(({ from }) => from !== null).map(({ name }) => `0 ${nobody}\t${name}\0`);
  const into = changes.flatMap(({ name, to }) =>
    (to?.split('\n') ?? []).map((entry) => `${entry.replace(/[a-z]+$/, '')}\t${name}\0`),
  );
  const marked = FLAGS.flatMap(([mark, option]) => {
    const paths = changes
      .filter(({ to }) => new RegExp(` 0[a-z]*${mark}`).test(to ?? ''))
      .map(({ name }) => name);
    return paths.length === 0 ? [] : [updateIndex([option, '-z', '--stdin'], paths.join('\0'))];
  });
  return [updateIndex(['-z', '--index-info'], [...out, ...into].join('')), ...marked];
}

/** The same of a copy of the index. */
export function copiedIndexCommands(
  repository: Repository,
  changes: readonly Change[],
): readonly GitCommand[] {
  return indexCommands(repository, changes).map((command) => ({ ...command, name: `${command.name} ours` }));
}

function updateIndex(options: readonly string[], text: string): GitCommand {
  return { name: 'update-index', options, stdin: Buffer.from(text, 'latin1') };
}
