import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { ServerError } from '../../shared/errors/index.js';
import { type Repository } from '../repository.js';
import { AllowedRoots, realPathOf } from './allowed-roots.js';

/** In these git replaces files instead of writing into them. */
const NOT_ENTERED = /^objects\/(pack|[0-9a-f]{2})$/;
/** Where an undo keeps files, links as well, of the work tree that git's folder is of. It is always made anew. */
export const RESTORATION_FOLDER = 'mcp-git-restoration';
/** Where repositories of submodules are that went with their work tree, for as long as an undo may bring them back. */
export const KEPT_MODULES = 'mcp-git-modules';
/** Nothing of ours writes through a link there; what writes into the store of Git LFS looks at each folder itself. */
const UNTOUCHED = new RegExp(
  `^(?:hooks|lfs|modules|${KEPT_MODULES}|(?:worktrees/[^/]+/)?${RESTORATION_FOLDER})$`,
);
/** git forgets a work tree by deleting all that is in such a folder, also where that is a link to another repository. */
const EMPTIED = /^worktrees(?:\/[^/]+)?$/;

/**
 * Sees to it that nothing is written through a link in git's own folder: `COMMIT_EDITMSG` or a reflog that is a link
 * would be any file that the server may write to.
 */
@Injectable()
export class GitFolderLinks {
  private readonly roots: AllowedRoots;
  /** A repository object lives as long as one call of a tool, and is looked at once. */
  private readonly seen = new WeakSet<Repository>();

  constructor(config: GitConfig) {
    this.roots = new AllowedRoots(config.roots);
  }

  /** @throws ServerError `path_not_allowed` with `details.link`, relative to git's folder */
  refuseOutside(repository: Repository): void {
    if (this.seen.has(repository)) return;
    for (const folder of new Set([repository.gitDir, repository.commonDir])) this.walk(folder);
    this.seen.add(repository);
  }

  private walk(top: string): void {
    const linkedTo = new Set<string>();
    const toVisit = [''];
    for (const folder of toVisit) {
      for (const entry of entriesOf(join(top, folder))) {
        const path = join(folder, entry.name);
        if (UNTOUCHED.test(path)) continue;
        if (entry.isDirectory() && !NOT_ENTERED.test(path)) toVisit.push(path);
        if (!entry.isSymbolicLink() || isIgnored(entry.name)) continue;
        const target = this.targetOf(top, path);
        // Another link may stand behind this one.
        if (!linkedTo.has(target)) toVisit.push(path);
        linkedTo.add(target);
      }
    }
  }

  private targetOf(top: string, path: string): string {
    const target = realPathOf(join(top, path));
    if (target !== undefined && this.roots.contains(target) && !EMPTIED.test(path)) return target;
    const message =
      "A link in git's folder leads outside the roots, or nowhere, or stands for a work tree; remove it before writing";
    throw new ServerError('path_not_allowed', message, { details: { link: path } });
  }
}

/** git gives no file a name that begins with a dot; editors do, to their locks beside what they edit. */
function isIgnored(name: string): boolean {
  return name.startsWith('.');
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // A file behind a link, or gone meanwhile, or not ours to read: git will say so.
    return [];
  }
}
