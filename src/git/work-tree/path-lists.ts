import { type GitCommand } from '../git-cli.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { isBeyondBorder, workTreePath } from '../writes/work-tree-paths.js';

/** Names of files as git has them: one character for each byte, since they need not be UTF-8. */
export type ByteName = string;

/** The name that a client reads; one that is no UTF-8 cannot be read exactly. */
export function nameText(name: ByteName): string {
  return Buffer.from(name, 'latin1').toString();
}

export function byteName(path: string): ByteName {
  return Buffer.from(path).toString('latin1');
}

/**
 * The caller's paths, literal and relative to the work tree, each once.
 *
 * @throws ServerError `path_not_allowed`; `operation_failed` with `details.reason: 'nothing-given' | 'beyond-border'`
 */
export function namedPaths({ path: workTree }: Repository, files: readonly string[]): readonly string[] {
  const paths = [...new Set(files.map((file) => workTreePath(workTree, file)))];
  if (paths.length === 0) throw refused('nothing-given', 'No path was given; name at least one');
  const beyond = paths.filter((path) => isBeyondBorder(workTree, path));
  if (beyond.length === 0) return paths;
  const message = 'Paths lie behind a symbolic link, or in a repository of their own';
  throw refused('beyond-border', message, beyond);
}

/** Hands paths to a command on its standard input, as many as there are and whatever their bytes. */
export function onStandardInput(paths: readonly ByteName[]): Required<Pick<GitCommand, 'options' | 'stdin'>> {
  return {
    options: ['--pathspec-from-file=-', '--pathspec-file-nul'],
    stdin: Buffer.from(paths.join('\0'), 'latin1'),
  };
}
