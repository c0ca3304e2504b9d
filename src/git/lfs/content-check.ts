import { createHash, type Hash } from 'node:crypto';
import { Transform } from 'node:stream';

import { ServerError } from '../../shared/errors/index.js';
import { type LfsPointer } from './pointer.js';

const WRONG_CONTENT = 'wrong-content';

/** What was read of a content before. */
export interface ReadBefore {
  readonly hash: Hash;
  readonly bytes: number;
}

/**
 * Lets through what the pointer stands for, and fails at the first byte too many, else at the end: the last piece is held
 * back until all is known to be right, so that nobody is given the whole of something else.
 *
 * @param taken is told how many bytes have come
 * @param before where the content does not begin at its first byte
 */
export function checked(
  { oid, size }: LfsPointer,
  taken: (bytes: number) => void = () => undefined,
  before: ReadBefore = { hash: createHash('sha256'), bytes: 0 },
): Transform {
  const { hash } = before;
  let { bytes } = before;
  let held: Buffer | null = null;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > size) return done(wrongContent());
      hash.update(chunk);
      taken(chunk.length);
      const last = held;
      held = chunk;
      done(null, last);
    },
    flush(done) {
      if (bytes === size && hash.digest('hex') === oid) done(null, held);
      else done(wrongContent());
    },
  });
}

export function wrongContent(): ServerError {
  const message =
    'What was read is not the content that the pointer stands for, by its size or SHA-256; it was not taken';
  return new ServerError('operation_failed', message, { details: { reason: WRONG_CONTENT } });
}

export function isWrongContent(error: unknown): boolean {
  const { reason } = { ...(error instanceof ServerError && error.details) } as { reason?: unknown };
  return reason === WRONG_CONTENT;
}
