import { type DiffOptions } from 'nodegit';

import { type DiffLimits } from './worker.protocol.js';

const DISABLE_PATHSPEC_MATCH = 1 << 12;
const INDENT_HEURISTIC = 1 << 18;
/** The form in which libgit2 prints a diff. */
export const PATCH = 1;
/** A larger file is left to git, whose output can be stopped early. libgit2 builds all of it. */
export const MAX_FILE_BYTES = 512 * 1024;

export function diffOptions(
  { contextLines }: Pick<DiffLimits, 'contextLines'>,
  pathspec?: readonly string[],
): DiffOptions {
  const flags = INDENT_HEURISTIC | (pathspec ? DISABLE_PATHSPEC_MATCH : 0);
  return { flags, contextLines, idAbbrev: 40, maxSize: MAX_FILE_BYTES, ...(pathspec && { pathspec }) };
}
