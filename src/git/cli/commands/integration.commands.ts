import { type CommandRule, rule } from '../command-rule.js';

// pull.twohead of the repository would be taken otherwise: one that drops a side, silently.
const STRATEGY = '--strategy=ort';
const SEQUENCER = '--abort --continue --quit --skip --quiet';
const ending = { movesHead: true, readsIndexUnlocked: true, signs: true } as const;
const moving = { ...ending, names: 'plain' } as const;

export const INTEGRATION_READS: Record<string, CommandRule> = {
  // Its files are ours, in a folder of ours.
  'merge-file': rule({ names: 'plain', always: ['--stdout', '--quiet'] }, '--union'),
  // Writes objects that nothing names, and changes nothing else.
  'merge-tree listing': rule({ names: 'plain', always: ['--write-tree', '-z', '--messages'] }, '--name-only'),
};

/** A merge with another strategy is a command of its own here: git tries each of several that it is given. */
const merge = (strategy: string) =>
  rule(
    { ...moving, always: ['--no-verify', '--no-verify-signatures', '--no-stat', `--strategy=${strategy}`] },
    `--ff --no-ff --ff-only --squash --no-edit --no-autostash --no-progress --message --quiet --strategy-option`,
  );
const pick = (options: string) =>
  rule({ ...moving, always: [STRATEGY] }, `--no-commit --mainline --strategy-option ${options}`);

export const INTEGRATION_WRITES: Record<string, CommandRule> = {
  'write-tree': rule({}, ''),

  'hash-object': rule({ always: ['--stdin'] }, '-w -tcommit --path --no-filters'),
  merge: merge('ort'),
  'merge ours': merge('ours'),
  'merge sequencer': rule(ending, SEQUENCER),
  rebase: rule(
    { ...moving, always: ['--no-verify', '--no-stat', STRATEGY] },
    `--no-autostash --no-autosquash --no-update-refs --no-fork-point --quiet --onto --interactive --autosquash
     --update-refs --strategy-option`,
  ),
  'rebase sequencer': rule(ending, SEQUENCER),
  'cherry-pick': pick('-x'),
  'cherry-pick sequencer': rule(ending, SEQUENCER),
  revert: pick('--no-edit'),
  'revert sequencer': rule(ending, SEQUENCER),
};
