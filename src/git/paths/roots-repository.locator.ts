import { readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { type RepositoryLocator } from '../repository-locks.port.js';
import { AllowedRoots, isWithin, pathNotAllowed, realPathOf } from './allowed-roots.js';
import { GitFolderFinder, type GitFolders } from './git-folders.js';
import { isGitFolderName } from './git-folder-name.js';
import { type RepositoryFormat, repositoryFormat } from './repository-format.js';
import { entryKind, SmallTextFiles } from './small-text-file.js';

const MAX_PATH = 4_096;
const COMMON_FORMAT: RepositoryFormat = { objectFormat: 'sha1', refFormat: 'files', bare: false };

/**
 * Finds repositories inside the configured roots, and nowhere else.
 *
 * Each call looks at the file system again (a link may have moved meanwhile); only what files say is remembered, for
 * as long as they look the same. Everything is synchronous: a dozen calls of stat cost less than one wait for them.
 */
@Injectable()
export class RootsRepositoryLocator implements RepositoryLocator {
  private readonly roots: AllowedRoots;
  private readonly folders: GitFolderFinder;
  private readonly trusted: AllowedRoots;
  private readonly formats: SmallTextFiles<RepositoryFormat>;

  constructor(config: GitConfig, @Inject(CLOCK) clock: Clock) {
    this.roots = new AllowedRoots(config.roots);
    this.trusted = new AllowedRoots(config.trustedRoots);
    this.folders = new GitFolderFinder(this.roots, clock);
    this.formats = new SmallTextFiles(repositoryFormat, clock);
  }

  async locate(path: string, signal: AbortSignal): Promise<Repository> {
    signal.throwIfAborted();
    const wanted = this.wanted(path);
    const real = realPathOf(wanted);
    if (real === undefined) throw this.missing(wanted);
    const root = this.roots.rootOf(real);
    if (root === undefined) throw pathNotAllowed();
    refuseInsideGitFolder(real.slice(root.length));
    const repository = this.discover(real, root);
    if (repository) return repository;
    throw new ServerError('not_a_repository', 'There is no git repository at the path; give its work tree');
  }

  async locateNew(path: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const wanted = this.wanted(path);
    const real = realPathOf(wanted);
    const target = real ?? this.inExistingParent(wanted);
    const root = this.roots.rootOf(target);
    if (root === undefined) throw pathNotAllowed();
    refuseInsideGitFolder(target.slice(root.length));
    if (real !== undefined) refuseUnlessEmpty(real);
    this.refuseInsideBare(target, root);
    return target;
  }

  private wanted(path: string): string {
    this.roots.requireAny();
    if (path === '' || path.includes('\0') || path.length > MAX_PATH) {
      throw new ServerError(
        'path_not_allowed',
        'The path is empty, too long or holds NUL; give an absolute path',
      );
    }
    return this.roots.absolute(path);
  }

  // As git discovers it, but never above the root: the nearest folder with a `.git`, or the named one if it is bare.
  private discover(real: string, root: string): Repository | undefined {
    for (let folder = real; isWithin(folder, root); folder = dirname(folder)) {
      const found = this.folders.ofWorkTree(folder);
      if (found) return this.repository(folder, found);
      if (folder === real) {
        const bare = this.folders.ofBare(folder);
        if (bare) return this.repository(folder, bare);
      }
      if (folder === dirname(folder)) break;
    }
    return undefined;
  }

  private repository(folder: string, { gitDir, commonDir }: GitFolders): Repository {
    const format = this.formats.read(join(commonDir, 'config')) ?? COMMON_FORMAT;
    const bare = gitDir === folder || (format.bare && gitDir === commonDir);
    if (gitDir === commonDir) refuseForeignWorkTree(format.worktree, gitDir, bare ? undefined : folder);
    const { objectFormat, refFormat } = format;
    const path = bare ? gitDir : folder;
    // All of it: a work tree of one folder may belong to a repository of another.
    const isTrusted = [path, gitDir, commonDir].every((real) => this.trusted.contains(real));
    const trust = isTrusted ? 'trusted' : 'untrusted';
    return { path, gitDir, commonDir, bare, objectFormat, refFormat, trust };
  }

  /** Whether a path that does not exist is inside may be said; whether one outside exists may not. */
  private missing(wanted: string): ServerError {
    let nearest = wanted;
    while (realPathOf(nearest) === undefined) {
      if (entryKind(nearest) === 'link') return pathNotAllowed();
      nearest = dirname(nearest);
    }
    const real = realPathOf(nearest);
    if (real === undefined || !this.roots.contains(real)) return pathNotAllowed();
    return new ServerError('not_a_repository', 'The path does not exist; give the work tree of a repository');
  }

  private inExistingParent(wanted: string): string {
    const parent = realPathOf(dirname(wanted));
    if (parent === undefined || entryKind(wanted) !== 'absent') throw pathNotAllowed();
    return join(parent, basename(wanted));
  }

  // A new folder called `hooks` in a bare repository would be that repository's hooks.
  private refuseInsideBare(target: string, root: string): void {
    for (let folder = dirname(target); isWithin(folder, root); folder = dirname(folder)) {
      if (this.folders.ofBare(folder)) throw pathNotAllowed();
      if (folder === dirname(folder)) return;
    }
  }
}

function refuseInsideGitFolder(path: string): void {
  if (!path.split('/').some(isGitFolderName)) return;
  const message = "The path leads into git's own folder; give the work tree instead";
  throw new ServerError('path_not_allowed', message);
}

function refuseUnlessEmpty(folder: string): void {
  if (entryKind(folder) === 'folder' && readdirSync(folder).length === 0) return;
  const message = 'The path exists and is not an empty folder; give a path that does not exist yet';
  throw refused('not-empty', message);
}

function refuseForeignWorkTree(
  worktree: string | undefined,
  gitDir: string,
  expected: string | undefined,
): void {
  if (worktree === undefined || realPathOf(resolve(gitDir, worktree)) === expected) return;
  const message = "The repository's configuration puts its work tree elsewhere; remove core.worktree first";
  throw new ServerError('untrusted_config', message, { details: { keys: ['core.worktree'] } });
}
