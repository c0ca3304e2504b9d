import { type CommandRule, rule } from '../command-rule.js';

const LISTING = '--format --sort --contains --no-contains --merged --no-merged --points-at --all --remotes';

/** Branches and tags, as git lists them. */
export const REF_READS: Record<string, CommandRule> = {
  'tag listing': rule({ names: 'end-of-options', always: ['--list'] }, LISTING),
  'branch listing': rule({ names: 'end-of-options', always: ['--list'] }, LISTING),
  'verify-tag': rule({ names: 'end-of-options' }, '--raw'),
};

export const REF_WRITES: Record<string, CommandRule> = {
  branch: rule(
    { names: 'end-of-options' },
    '--no-track --set-upstream-to --unset-upstream --quiet --move --delete --remotes --force',
  ),
  tag: rule(
    // A tag that is no object of its own cannot be signed, so that is said where it is one.
    { names: 'end-of-options', signs: true, always: ['--no-sign'] },
    '--annotate --cleanup --file --force --delete --sign',
  ),
};
