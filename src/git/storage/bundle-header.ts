import { closeSync, constants, openSync, readSync } from 'node:fs';

import { ServerError } from '../../shared/errors/index.js';

export interface BundleHeader {
  readonly refs: readonly { readonly name: string; readonly sha: string }[];
  /** Commits that a repository needs before it can take the bundle. */
  readonly prerequisites: readonly string[];
}

const SIGNATURE = /^# v[23] git bundle$/;
/** Of some ten thousand refs; mostly it is all. */
const FIRST_BYTES = 2 ** 20;
const MAX_BYTES = 16 * 2 ** 20;
const START = Buffer.from('# v');
const END = '\n\n';
const PREREQUISITE = /^-([0-9a-f]{40,64})(?: |$)/;
const REF = /^([0-9a-f]{40,64}) (.+)$/;

/**
 * What a bundle says of itself, as gitformat-bundle(5) has it.
 *
 * @param path real, of a file inside the roots
 * @throws ServerError `operation_failed` with `details.reason: 'not-a-bundle'`
 */
export function bundleHeader(path: string): BundleHeader {
  const text = startOf(path).toString('utf8');
  const end = text.indexOf(END);
  const [signature = '', ...lines] = (end < 0 ? '' : text.slice(0, end)).split('\n');
  if (!SIGNATURE.test(signature)) throw notABundle();
  const prerequisites = lines.flatMap((line) => PREREQUISITE.exec(line)?.[1] ?? []);
  const refs = lines.flatMap((line) => {
    const [, sha, name] = REF.exec(line) ?? [];
    return sha === undefined || name === undefined ? [] : [{ name, sha }];
  });
  return { refs, prerequisites };
}

function startOf(path: string): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw notABundle(error);
  }
  try {
    for (let size = FIRST_BYTES; ; size *= 2) {
      const buffer = Buffer.alloc(size);
      const start = buffer.subarray(0, readSync(descriptor, buffer, 0, size, 0));
      const isAll = start.length < size || size >= MAX_BYTES || start.includes(END);
      if (isAll || !start.subarray(0, START.length).equals(START)) return start;
    }
  } finally {
    closeSync(descriptor);
  }
}

function notABundle(cause?: unknown): ServerError {
  const message = 'The file is no bundle of git; make one with git_bundle';
  return new ServerError('operation_failed', message, { cause, details: { reason: 'not-a-bundle' } });
}
