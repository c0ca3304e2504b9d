import { refused } from '../refusal.js';

const MAX_LENGTH = 244;
/** Control characters, space, and what git-check-ref-format(1) forbids anywhere. */
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.\/|\.lock\/|^\.|^\/|\/$|\.$|\.lock$/;

/**
 * The rules of git-check-ref-format(1) for the name of a branch or a remote, and those of our own: nothing that looks
 * like an option, and none of the names that mean something else.
 */
export function isBranchName(name: string): boolean {
  if (name === '' || name === '@' || name === 'HEAD' || name.startsWith('-')) return false;
  return Buffer.byteLength(name) <= MAX_LENGTH && !FORBIDDEN.test(name) && !/\p{Surrogate}/u.test(name);
}

/** @throws ServerError `operation_failed` with `details.reason: 'invalid-name'` */
export function requireBranchName(name: string, what = 'branch'): void {
  if (isBranchName(name)) return;
  const message =
    `That is no name for a ${what}: use letters, digits, "-", "_", "/" and "." ` +
    'without spaces, "..", a leading "-" or a trailing ".lock"';
  throw refused('invalid-name', message);
}
