import { type ToolAnnotations } from './tool.js';

function hints(...given: (keyof ToolAnnotations)[]): ToolAnnotations {
  return Object.freeze({
    readOnlyHint: given.includes('readOnlyHint'),
    destructiveHint: given.includes('destructiveHint'),
    idempotentHint: given.includes('idempotentHint'),
    openWorldHint: given.includes('openWorldHint'),
  });
}

/** Reads what is on this machine. */
export const READ = hints('readOnlyHint', 'idempotentHint');

/** Adds to a repository; calling it again adds again. */
export const WRITE = hints();

/** Changes a repository; calling it again changes nothing more. */
export const IDEMPOTENT_WRITE = hints('idempotentHint');

/** Commits get other ids; the old ones are only found in the reflog. */
export const REWRITE = hints('destructiveHint');

/** Work in progress is lost. */
export const DISCARD = hints('destructiveHint');

/** Only ever moves remote-tracking refs to where the remote is. */
export const FETCH = hints('idempotentHint', 'openWorldHint');

/** Moves content that is named by what it is, which changes nothing that somebody has. */
export const TRANSFER = hints('idempotentHint', 'openWorldHint');

/** Changes what others see, with `force` beyond recall. */
export const PUSH = hints('destructiveHint', 'idempotentHint', 'openWorldHint');

export const NETWORK_WRITE = hints('openWorldHint');

/** Stands for any of the others: the least favourable of each hint. */
export const ANYTHING = hints('destructiveHint', 'openWorldHint');
