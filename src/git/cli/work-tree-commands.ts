import { type CommandRule, rule } from './command-rule.js';

const PATHSPECS = '--pathspec-from-file --pathspec-file-nul';

/** Commands that change what is in the work tree, or put it aside. All run under the settings of every command. */
export const WORK_TREE_WRITES: Record<string, CommandRule> = {
  restore: rule({ movesHead: true }, `--quiet --staged --worktree --source ${PATHSPECS}`),
  clean: rule({ paths: true, always: ['--force'] }, '--dry-run -d -x -X --exclude'),
  rm: rule({ movesHead: true }, `--quiet --cached --force ${PATHSPECS}`),
  mv: rule({ movesHead: true, paths: true }, '--force'),
  apply: rule(
    { movesHead: true, always: ['--whitespace=nowarn'] },
    '--check --numstat -z --index --cached --reverse --3way --unidiff-zero',
  ),
  'stash push': rule(
    { movesHead: true, readsIndexUnlocked: true },
    `--quiet --include-untracked --keep-index --no-keep-index --staged --message ${PATHSPECS}`,
  ),
  // Not quiet, both would run git status, and that one inside each nested repository.
  'stash apply': rule(
    { names: 'plain', movesHead: true, readsIndexUnlocked: true, always: ['--quiet'] },
    '--index',
  ),
  'stash drop': rule({ names: 'plain', always: ['--quiet'] }, ''),
};
