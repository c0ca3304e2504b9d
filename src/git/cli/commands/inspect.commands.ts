import { type CommandRule, rule } from '../command-rule.js';

const named = { names: 'end-of-options' } as const;
const WHEN = '--since-as-filter --min-age';

/** What is asked of index, trees, refs and history beside logs and diffs. */
export const INSPECT_READS: Record<string, CommandRule> = {
  // The patterns come on standard input; a submodule's own configuration is never read.
  grep: rule(
    { names: 'plain', paths: true, always: ['--no-color', '--no-textconv', '--no-recurse-submodules'] },
    `-z -n -I -f- --column --full-name --fixed-strings --extended-regexp --perl-regexp --ignore-case --word-regexp
     --context --max-count --files-with-matches --cached --untracked --exclude-standard --threads`,
  ),
  'describe listing': rule(
    named,
    '--tags --all --long --abbrev --first-parent --candidates --match --exclude --exact-match',
  ),
  'name-rev': rule(named, '--tags --refs --exclude --name-only --no-undefined'),
  'merge-base listing': rule(named, '--all --octopus --independent --is-ancestor --fork-point'),
  shortlog: rule(
    { ...named, paths: true },
    `--summary --email --numbered --group --no-merges --merges --first-parent ${WHEN}`,
  ),
  // Only ever with a scratch folder for the objects it writes.
  'merge-tree': rule(named, '--write-tree -z --messages --allow-unrelated-histories'),
  // It starts git log for each side, which reads the same settings; ids and options of ours are all that it gets.
  'range-diff': rule(
    {
      names: 'plain',
      always: ['--no-color', '--no-dual-color', '--no-ext-diff', '--no-textconv'],
      // Its ids are cut by this, and by no option.
      settings: [['core.abbrev', 'no']],
    },
    '--creation-factor --no-patch --no-notes',
  ),
  // The name of an attribute, of ours; the paths come on standard input.
  'check-attr': rule({ names: 'plain' }, '-z --stdin'),
  cherry: rule(named, '-v --abbrev'),
  'reflog show': rule({ ...named, paths: true, always: ['--no-patch'] }, '-z --format --date --max-count'),
  fsck: rule(
    {},
    '--full --strict --no-dangling --dangling --unreachable --connectivity-only --no-progress --no-reflogs',
  ),
};
