import { realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';

import { ServerError } from '../../shared/errors/index.js';

/** Says the same for what is outside whether it exists or not. */
export function pathNotAllowed(): ServerError {
  const message =
    'The path is outside the repositories that this server may work on; ' +
    'they are set by git.roots (MCP_GIT_REPOSITORY)';
  return new ServerError('path_not_allowed', message, { details: { setting: 'git.roots' } });
}

/** The folders that nothing may leave, by their real paths. */
export class AllowedRoots {
  private readonly real = new Map<string, string>();

  constructor(private readonly configured: readonly string[]) {}

  /** @throws ServerError `path_not_allowed` naming the setting, where no root is configured */
  requireAny(): void {
    if (this.configured.length > 0) return;
    const message =
      'No repository is allowed yet: set git.roots (MCP_GIT_REPOSITORY) to the repositories, ' +
      'or to the folders of repositories, that tools may work on';
    throw new ServerError('path_not_allowed', message, { details: { setting: 'git.roots' } });
  }

  /** A relative path has a meaning only where one root gives it one. */
  absolute(path: string): string {
    const [only, another] = this.configured;
    if (path.startsWith(sep)) return resolve(path);
    if (only !== undefined && another === undefined) return resolve(only, path);
    throw new ServerError('path_not_allowed', 'The path is relative; give an absolute path');
  }

  /** @returns the root that holds the real path, itself included */
  rootOf(realPath: string): string | undefined {
    return this.configured
      .map((root) => this.realRoot(root))
      .find((root) => root && isWithin(realPath, root));
  }

  contains(realPath: string): boolean {
    return this.rootOf(realPath) !== undefined;
  }

  // A root that does not exist yet is looked for again each time; one that does is the operator's and stays.
  private realRoot(root: string): string | undefined {
    const known = this.real.get(root);
    if (known !== undefined) return known;
    const found = realPathOf(resolve(root));
    if (found !== undefined) this.real.set(root, found);
    return found;
  }
}

/** With the separator: `/root-evil` is not within `/root`. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === sep ? sep : folder + sep);
}

export function realPathOf(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}
