import { ServerError } from '../../shared/errors/index.js';
import { refused } from '../refusal.js';

/**
 * The URL of a submodule as git takes it: one that starts with `./` or `../` is relative to that of the repository.
 *
 * @param base absent where the repository has no remote
 * @throws ServerError `operation_failed` with `details.reason: 'invalid-url'`
 */
export function submoduleUrl(url: string, base: string | undefined): string {
  if (!/^\.\.?\//.test(url)) return url;
  if (base === undefined)
    throw invalid('The URL of the submodule is relative, and the repository has no remote');
  let left = base.replace(/\/+$/, '');
  let rest = url;
  let separator = '/';
  while (/^\.\.?\//.test(rest)) {
    const isUp = rest.startsWith('../');
    rest = rest.slice(isUp ? 3 : 2);
    if (!isUp) continue;
    const slash = left.lastIndexOf('/');
    // `host:path` ends at its colon.
    const end = slash < 0 ? left.lastIndexOf(':') : slash;
    if (end <= 0 || left[end - 1] === '/')
      throw invalid('The URL of the submodule leads above that of the remote');
    separator = left[end] ?? '/';
    left = left.slice(0, end);
  }
  return `${left}${separator}${rest.replace(/\/+$/, '')}`;
}

function invalid(message: string): ServerError {
  return refused('invalid-url', message);
}
