import { type ErrorCode, ServerError } from '../shared/errors/index.js';

interface Verdict {
  readonly code: ErrorCode;
  readonly message: string;
}

const verdict = (code: ErrorCode, message: string): Verdict => ({ code, message });

const CANCELLED = verdict('operation_cancelled', 'The operation was cancelled');
const TIMED_OUT = verdict('operation_timeout', 'The operation did not finish in time');
const NO_ANSWER = verdict('network_timeout', 'The remote did not answer in time; try again later');
const UNREACHABLE = verdict(
  'temporary_resource_unavailable',
  'The connection was refused or lost; try again later',
);
const EXHAUSTED = verdict(
  'temporary_resource_unavailable',
  'The server is short of a resource; try again later',
);
const DISK_FULL = verdict(
  'temporary_resource_unavailable',
  'The disk is full; free some space and try again',
);
const BUSY = verdict('temporary_resource_unavailable', 'A file is in use; try again later');
const REFUSED = verdict('operation_failed', 'The operating system refused access to a file');
const APART = verdict('operation_failed', 'A folder cannot be moved to another file system');
const MISSING = verdict('operation_failed', 'A file or program that the operation needs does not exist');
const UNKNOWN_HOST = verdict('operation_failed', 'The host name of the remote does not exist; check the URL');

/** By the symbolic names of errno(3), and the names Node adds to them. */
const BY_SYSTEM_CODE: ReadonlyMap<string, Verdict> = new Map([
  ...['ABORT_ERR', 'ERR_CANCELED', 'ECANCELED'].map((name) => [name, CANCELLED] as const),
  ...['ETIMEDOUT', 'ESOCKETTIMEDOUT', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'].map(
    (name) => [name, NO_ANSWER] as const,
  ),
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ENOTCONN'].map(
    (name) => [name, UNREACHABLE] as const,
  ),
  ...['EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EHOSTDOWN'].map((name) => [name, UNREACHABLE] as const),
  ...['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'ENOBUFS'].map((name) => [name, EXHAUSTED] as const),
  ...['ENOSPC', 'EDQUOT'].map((name) => [name, DISK_FULL] as const),
  ...['EBUSY', 'ETXTBSY'].map((name) => [name, BUSY] as const),
  ...['EACCES', 'EPERM', 'EROFS'].map((name) => [name, REFUSED] as const),
  ...['ENOENT', 'ENOTDIR'].map((name) => [name, MISSING] as const),
  ['EXDEV', APART] as const,
  ['ENOTFOUND', UNKNOWN_HOST] as const,
]);

const BY_NAME: ReadonlyMap<string, Verdict> = new Map([
  ['AbortError', CANCELLED],
  ['TimeoutError', TIMED_OUT],
]);

/** `fetch` and the like wrap what happened; nobody wraps it deeper than this. */
const MAX_CAUSES = 3;

/**
 * Says what a thrown thing means to the caller.
 *
 * @returns the thing itself if it is a ServerError, else one whose `cause` is the thing and whose text is ours:
 *   messages of other libraries may hold paths and secrets. What nobody foresaw is `internal_error`.
 */
export function classify(thrown: unknown): ServerError {
  if (thrown instanceof ServerError) return thrown;
  let current: unknown = thrown;
  for (let depth = 0; depth < MAX_CAUSES && current instanceof Error; depth += 1) {
    if (current instanceof ServerError) return current;
    const found = classifyError(current, thrown);
    if (found) return found;
    current = current.cause;
  }
  return new ServerError('internal_error', 'The server met an unforeseen failure; its log says more', {
    cause: thrown,
  });
}

function classifyError(error: Error, cause: unknown): ServerError | undefined {
  const { code } = error as NodeJS.ErrnoException;
  const bySystem = typeof code === 'string' ? BY_SYSTEM_CODE.get(code) : undefined;
  if (bySystem)
    return new ServerError(bySystem.code, bySystem.message, { details: { reason: code as string }, cause });
  const byName = BY_NAME.get(error.name);
  return byName && new ServerError(byName.code, byName.message, { cause });
}
