/**
 * For the reads that follow a change: once it is made, a caller who gives up meanwhile is still told that it is.
 * Their deadline is the one of every git process.
 */
export const UNINTERRUPTED = new AbortController().signal;
