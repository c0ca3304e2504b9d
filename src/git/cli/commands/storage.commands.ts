import { type CommandRule, rule } from '../command-rule.js';

const named = { names: 'end-of-options' } as const;

export const STORAGE_READS: Record<string, CommandRule> = {
  'notes listing': rule(named, '--ref list'),
  'bundle verify': rule(named, '--quiet'),
  'rev-list listing': rule({ ...named, paths: true }, '--bisect-all --bisect-vars --count --first-parent'),
  'prune listing': rule({ always: ['--dry-run'] }, '--expire --verbose'),
};

/** What is written beside index and work tree: notes, files for others, and the object store in other forms. */
export const STORAGE_WRITES: Record<string, CommandRule> = {
  notes: rule(named, '--ref add append remove --file --force'),
  // The formats that git writes itself: every other one is a program that the configuration may name.
  archive: rule({ names: 'plain', paths: true }, '--format=tar --format=zip --output --prefix'),
  // What goes into it is given as text: there may be more refs than arguments have room.
  'bundle create': rule({ names: 'plain', last: ['--stdin'] }, '--quiet'),
  gc: rule({}, '--quiet --prune --no-cruft'),
  'commit-graph write': rule({}, '--reachable --no-progress'),
  'pack-refs': rule({}, '--all --prune'),
  repack: rule({}, '-a -d -l -q'),
  prune: rule({}, '--expire'),
};
