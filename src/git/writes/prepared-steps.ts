import { join } from 'node:path';

import { ServerError } from '../../shared/errors/index.js';
import { type Repository } from '../repository.js';
import { entryKind, readSmallFile } from '../paths/small-text-file.js';

/** Commands of git-rebase(1) that run nothing of the repository's; `exec` runs a shell. */
const STEPS = new Set(
  'pick p reword r edit e squash s fixup f drop d merge m label l reset t update-ref u break b noop revert'.split(
    ' ',
  ),
);
/** Those that are git's own. Any other is a program, or an alias of the repository's configuration. */
const STRATEGIES = new Set(['ort', 'recursive', 'resolve', 'octopus', 'ours', 'subtree']);

/** The operator's key signs, and no other. */
const NAMES_KEY = /\bgpg-sign\s*=[^\S\n]*\S/i;

const CHECKS: readonly (readonly [file: string, isInert: (text: string) => boolean])[] = [
  ['rebase-merge/git-rebase-todo', everyStepIsInert],
  ['rebase-merge/strategy', (text) => STRATEGIES.has(text.trim())],
  ['rebase-merge/gpg_sign_opt', (text) => ['', '-S'].includes(text.trim())],
  ['sequencer/todo', everyStepIsInert],
  ['sequencer/opts', (text) => everyStrategyIsInert(text) && !NAMES_KEY.test(text)],
];

/**
 * An unfinished operation says in files what git does when it goes on, programs included. Whoever wrote them may have
 * been anybody.
 *
 * @throws ServerError `untrusted_config` with `details.files`
 */
export function refusePreparedPrograms({ gitDir }: Repository): void {
  const files = CHECKS.flatMap(([file, isInert]) => (isSafe(join(gitDir, file), isInert) ? [] : [file]));
  if (files.length === 0) return;
  const message =
    'The unfinished operation would run programs, or cannot be checked for them; git_abort gives it up';
  throw new ServerError('untrusted_config', message, { details: { files } });
}

function isSafe(path: string, isInert: (text: string) => boolean): boolean {
  if (entryKind(path) === 'absent') return true;
  const text = readSmallFile(path);
  return text !== undefined && isInert(text);
}

// Whatever character the configuration makes the one of comments: git refuses what it takes for neither.
function everyStepIsInert(text: string): boolean {
  return text.split('\n').every((line) => {
    const [command = ''] = line.trim().split(/\s/, 1);
    return command === '' || command.startsWith('#') || STEPS.has(command);
  });
}

function everyStrategyIsInert(text: string): boolean {
  return [...text.matchAll(/\bstrategy\s*=([^\n]*)/gi)].every(([, value = '']) =>
    STRATEGIES.has(value.trim()),
  );
}
