import { ServerError } from '../../shared/errors/index.js';

const MAX_BYTES = 4_096;

/**
 * A path inside a tree as git has it: bytes, here one character each (latin1), since git knows no encoding of names.
 *
 * @param path text, or the bytes of a name that is no UTF-8; `''` is the tree itself
 * @returns its segments
 * @throws ServerError `path_not_allowed` for what can stand in no tree
 */
export function treeSegments(path: string | Uint8Array): readonly string[] {
  const bytes = Buffer.from(path)
    .toString('latin1')
    .replace(/(?<=[^/])\/$/, '');
  if (bytes === '') return [];
  const segments = bytes.split('/');
  if (bytes.length <= MAX_BYTES && segments.every(isName)) return segments;
  const message =
    'No tree holds such a path; give one relative to the top of the repository, without . and ..';
  throw new ServerError('path_not_allowed', message);
}

/** The text of a name of one character a byte; what is no UTF-8 becomes U+FFFD. */
export function nameText(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}

function isName(segment: string): boolean {
  return segment !== '' && segment !== '.' && segment !== '..' && !segment.includes('\0');
}
