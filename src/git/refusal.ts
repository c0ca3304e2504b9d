import { ServerError } from '../shared/errors/index.js';
import type { JsonValue } from '../shared/json.js';

type Details = Readonly<Record<string, JsonValue>>;

/** What an error names at most; a merge of a large branch may leave thousands in conflict. */
const MAX_PATHS = 200;

/**
 * What the state of a repository does not allow: `operation_failed`, whose details name the reason.
 *
 * @param reason a stable word that clients tell refusals apart by
 * @param more the paths that are in the way, or further details
 */
export function refused(
  reason: string,
  message: string,
  more: readonly string[] | Details = {},
): ServerError {
  const rest: Details = isList(more) ? named(more) : more;
  return new ServerError('operation_failed', message, { details: { reason, ...rest } });
}

/** For `details`: the first paths, and how many there are if those are not all. */
export function named(paths: readonly string[]): { paths: string[]; total?: number } {
  if (paths.length <= MAX_PATHS) return { paths: [...paths] };
  return { paths: paths.slice(0, MAX_PATHS), total: paths.length };
}

function isList(more: readonly string[] | Details): more is readonly string[] {
  return Array.isArray(more);
}
