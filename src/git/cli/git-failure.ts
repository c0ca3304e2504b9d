import { type ErrorCode, ServerError } from '../../shared/errors/index.js';
import { type GitResult } from '../git-cli.port.js';
import { refused } from '../refusal.js';

interface Meaning {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly message: string;
  readonly retryAfterMs?: number;
}

const failed = (reason: string, message: string): Meaning => ({ code: 'operation_failed', reason, message });
const passing = (reason: string, message: string): Meaning => ({
  code: 'temporary_resource_unavailable',
  reason,
  message,
  retryAfterMs: 5_000,
});

const DISK_FULL = passing('disk-full', 'The disk is full; free some space and try again');
const TIMED_OUT: Meaning = {
  code: 'network_timeout',
  reason: 'remote-timeout',
  message: 'The remote did not answer in time; try again later',
  retryAfterMs: 5_000,
};

/**
 * What git's prose means, where no exit code says it. English because git runs with LC_ALL=C; the first that fits
 * wins, so causes stand before what they lead to ("the remote end hung up" follows nearly everything).
 */
const MEANINGS: readonly (readonly [RegExp, Meaning])[] = [
  [/No space left on device|Disk quota exceeded/, DISK_FULL],
  // Of a program that git has started, not of one at the remote.
  [
    /^error: .* died of signal (1|2|3|9|15)$/m,
    passing('killed', 'A process of git was ended by a signal from outside; try again'),
  ],
  [
    /Host key verification failed/,
    failed('host-key', "The remote's host key is not known to the server; an operator has to accept it"),
  ],
  [
    /Authentication failed|could not read (Username|Password)|Permission denied \(|returned error: 40[13]\b|terminal prompts disabled|Access denied/,
    failed('authentication', 'The remote refused the credentials, or wants some and has none'),
  ],
  [
    /SSL certificate problem|server certificate verification failed/,
    failed('certificate', "The remote's certificate cannot be verified"),
  ],
  [
    /Repository not found|does not appear to be a git repository|repository '.*' (does not exist|not found)|returned error: 404\b/,
    failed('remote-not-found', 'There is no git repository at the URL of the remote, or it may not be seen'),
  ],
  [
    /couldn't find remote ref|Remote branch .* not found/,
    {
      code: 'revision_not_found',
      reason: 'remote-branch-not-found',
      message: 'The remote has no branch of that name',
    },
  ],
  [
    /transport '.*' not allowed/,
    failed('protocol-not-allowed', 'The protocol of the remote is not allowed; see git.remote.protocols'),
  ],
  [/timed out|Timeout was reached|Could not resolve host|name resolution/i, TIMED_OUT],
  [
    /Connection refused|Network is unreachable|No route to host|Connection reset|Failed to connect|Empty reply|returned error: 5\d\d|early EOF|unexpected disconnect|remote end hung up/,
    passing('unreachable', 'The remote refused or lost the connection; try again later'),
  ],
  [
    /Too many open files|Resource temporarily unavailable|Cannot allocate memory|cannot fork/,
    passing('exhausted', 'The server is short of a resource; try again later'),
  ],
  [
    /cannot lock ref '.*': (is at \w+ but expected|reference already exists)/,
    {
      code: 'repository_busy',
      reason: 'moved',
      message: 'Another program moved the branch meanwhile; look at it and try again',
      retryAfterMs: 100,
    },
  ],
  [/File name too long/, failed('name-too-long', 'The path holds a name that the file system does not take')],
  [
    /Read-only file system|insufficient permission|Permission denied/,
    failed('permission', 'The operating system refused access to a file of the repository'),
  ],
  [/dubious ownership/, failed('ownership', 'The repository belongs to another account of the system')],
  [
    /fsck error|fsck/,
    failed('unsafe-objects', 'The objects received break the rules of git; nothing was taken over'),
  ],
  [
    /is corrupt|bad object|unable to read tree|loose object|missing blob/,
    failed('corrupt', 'An object of the repository is missing or damaged; run git fsck'),
  ],
  [
    /empty ident name|unable to auto-detect email/,
    failed('identity', 'The repository configures an author without a usable name or e-mail'),
  ],
  [
    /not a git repository/,
    {
      code: 'not_a_repository',
      reason: 'not-a-repository',
      message: 'The folder is no longer a git repository',
    },
  ],
];

/** What a git command that failed means to the caller. Its output stays inside: it may hold paths and secrets. */
export function gitFailure(command: string, { exitCode, stderr }: GitResult): ServerError {
  const meaning = MEANINGS.find(([pattern]) => pattern.test(stderr))?.[1];
  if (!meaning) {
    const message = `git ${command} failed; check the state of the repository with git_status`;
    return refused('git-failed', message, { exit_code: exitCode });
  }
  return errorOf(meaning, exitCode);
}

/** For a write that failed while there was no space: git does not always say so. */
export function diskFull({ exitCode }: GitResult): ServerError {
  return errorOf(DISK_FULL, exitCode);
}

function errorOf({ code, reason, message, retryAfterMs }: Meaning, exitCode: number): ServerError {
  return new ServerError(code, message, {
    details: { reason, exit_code: exitCode },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Whether git's prose said nothing that is known, so that the state of the repository has to be asked. */
export function isUnexplained({ details }: ServerError): boolean {
  return details !== undefined && 'reason' in details && details.reason === 'git-failed';
}

const LOCK_EXISTS = /(?:Unable to create|could not lock config file) '?([^'\n]*?)'?: File exists/;

/** @returns the path of git's own lock file that somebody else holds, if that is why the command failed */
export function heldLock({ exitCode, stderr }: GitResult): string | undefined {
  if (exitCode === 0) return undefined;
  const path = LOCK_EXISTS.exec(stderr)?.[1];
  return path === undefined || path.endsWith('.lock') ? path : `${path}.lock`;
}
