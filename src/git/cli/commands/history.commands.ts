import { type CommandRule, rule } from '../command-rule.js';

/** Who wrote what. A file of revisions to ignore that the configuration names may lie anywhere, so none is read. */
export const HISTORY_READS: Record<string, CommandRule> = {
  blame: rule(
    { names: 'plain', paths: true, always: ['--no-textconv', '--no-ignore-revs-file'] },
    '--porcelain --encoding --diff-algorithm -M -C -w -L --ignore-rev',
  ),
};
