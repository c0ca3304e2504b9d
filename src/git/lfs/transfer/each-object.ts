import { anyOf } from '../../../shared/cancellation.js';
import { type ErrorCode, ServerError } from '../../../shared/errors/index.js';
import { type LfsFile } from '../lfs-files.reader.js';

/** Why something could not be done with one object, while it could be with others. */
export interface LfsFailure {
  readonly file: LfsFile;
  readonly error: ServerError;
}

const AT_ONCE = 8;
const OF_OBJECTS = new Set<ErrorCode>(['operation_failed', 'forbidden']);

/**
 * Works on objects, a few at once. What one object is to blame for is noted, and the others go on; anything else (a host
 * that is down, a full disk, the caller who gives up) ends it all.
 *
 * @param work its signal is aborted where another one ends it all
 * @returns when no work is under way any more; in the order of the files
 * @throws what ended it
 */
export async function eachObject(
  files: readonly LfsFile[],
  work: (file: LfsFile, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<readonly LfsFailure[]> {
  const failed = new Map<LfsFile, ServerError>();
  const waiting = files.values();
  const end = new AbortController();
  const both = anyOf(signal, end.signal);
  const inTurn = async (): Promise<void> => {
    for (const file of waiting) {
      if (both.aborted) return;
      await work(file, both).catch((error: unknown) => {
        if (isOfObject(error)) failed.set(file, error);
        // The first counts: what fails after it was ended by it.
        else if (!end.signal.aborted) end.abort(error);
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, inTurn));
  both.throwIfAborted();
  return files.flatMap((file) => {
    const error = failed.get(file);
    return error ? [{ file, error }] : [];
  });
}

function isOfObject(error: unknown): error is ServerError {
  return error instanceof ServerError && OF_OBJECTS.has(error.code);
}
