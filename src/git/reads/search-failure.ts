import { ServerError } from '../../shared/errors/index.js';
import { type GitResult } from '../git-cli.port.js';
import { refused } from '../refusal.js';

const BAD_EXPRESSION =
  /: (Unmatched|Invalid|Trailing backslash|Regular expression too big|Premature end|Success|Memory exhausted)|invalid regex|invalid regular expression/i;
const NO_LINES = /has only \d+ lines?|-L parameter .*: no match|no match$/m;
const NO_PATH = /no such path|There is no path/i;
/** Git that may not fetch what a partial clone has not. */
const ELSEWHERE = /promisor remote|lazy fetching disabled/;

/** What it means that git could not search a history, a file or a tree for what a caller asked for. */
export function searchFailure(command: string, { exitCode, stderr, truncated }: GitResult): ServerError {
  if (truncated) {
    const message = 'The answer is too long; ask for less of it';
    return new ServerError('operation_failed', message, { details: { command, reason: 'too-long' } });
  }
  if (BAD_EXPRESSION.test(stderr)) {
    return new ServerError('validation_failed', 'The text is no extended regular expression', {
      details: [
        {
          path: 'arguments',
          constraint: 'isRegularExpression',
          message: 'cannot be read as a POSIX pattern',
        },
      ],
    });
  }
  if (NO_PATH.test(stderr)) return nothing('no-such-path', 'The commit has no file of this path');
  if (NO_LINES.test(stderr)) {
    return nothing('no-such-lines', 'The file has no such lines or function at this commit; read it first');
  }
  if (ELSEWHERE.test(stderr)) return contentElsewhere(command);
  const message = 'git could not read the repository; check that it is not damaged';
  return new ServerError('operation_failed', message, { details: { command, exit_code: exitCode } });
}

/** Git needed what only the remote of a partial clone has. */
export function isElsewhere({ exitCode, stderr }: GitResult): boolean {
  return exitCode !== 0 && ELSEWHERE.test(stderr);
}

function nothing(reason: string, message: string): ServerError {
  return refused(reason, message);
}

function contentElsewhere(command: string): ServerError {
  const message =
    'The clone is partial and lacks content that this needs; reads fetch nothing, so clone it in full first';
  return new ServerError('operation_failed', message, { details: { command, reason: 'partial-clone' } });
}
