import { type CommandRule, rule } from '../command-rule.js';

export const INTEGRATION_READS: Record<string, CommandRule> = {
  // Its files are ours, in a folder of ours.
  'merge-file': rule({ names: 'plain', always: ['--stdout', '--quiet'] }, '--union'),
};

export const INTEGRATION_WRITES: Record<string, CommandRule> = {
  'write-tree': rule({}, ''),
  'hash-object': rule({ always: ['--stdin'] }, '-w --path --no-filters'),
};
