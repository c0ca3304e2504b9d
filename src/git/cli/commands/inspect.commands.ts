import { type CommandRule, rule } from '../command-rule.js';

const named = { names: 'end-of-options' } as const;

/** What is asked of index, trees, refs and history beside logs and diffs. */
export const INSPECT_READS: Record<string, CommandRule> = {
  // The patterns come on standard input; a submodule's own configuration is never read.
  grep: rule(
    { names: 'plain', paths: true, always: ['--no-color', '--no-textconv', '--no-recurse-submodules'] },
    `-z -n -I -f- --column --full-name --fixed-strings --extended-regexp --perl-regexp --ignore-case --word-regexp
     --context --max-count --files-with-matches --cached --untracked --exclude-standard`,
  ),
  'describe listing': rule(
    named,
    '--tags --all --long --abbrev --first-parent --candidates --match --exclude --exact-match',
  ),
  'name-rev': rule(named, '--tags --refs --exclude --name-only --no-undefined'),
  'merge-base listing': rule(named, '--all --octopus --independent --is-ancestor --fork-point'),
};
