import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { type Repository } from '../repository.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../repository-locks.port.js';
import { isGitFolderName } from './git-folder-name.js';
import { realPathOf } from './allowed-roots.js';

const MAX_DEPTH = 3;
const MAX_FOLDERS = 2_000;
const MAX_REPOSITORIES = 200;
const KEPT_MS = 5_000;
/** What a bare repository has at least. */
const BARE = ['HEAD', 'objects', 'refs'];
/** Dependencies, of which every project has thousands of folders. */
const PASSED_OVER = new Set(['node_modules']);

interface Search {
  readonly found: Repository[];
  readonly signal: AbortSignal;
  folders: number;
}

/**
 * Which repositories there are below the roots. A repository is not searched for further ones, nor are hidden folders
 * and links; the search is bounded in depth and number, so that a root of anything is no trap.
 */
@Injectable()
export class RepositoryDiscovery {
  private known: { readonly repositories: readonly Repository[]; readonly untilMs: number } | undefined;

  constructor(
    private readonly config: GitConfig,
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @returns at most 200, ordered by path; up to five seconds old */
  async repositories(signal: AbortSignal): Promise<readonly Repository[]> {
    const { known } = this;
    if (known && known.untilMs > this.clock.monotonicMs()) return known.repositories;
    return this.search(signal);
  }

  /** The same as they are now. */
  async search(signal: AbortSignal): Promise<readonly Repository[]> {
    const search: Search = { found: [], signal, folders: 0 };
    for (const root of this.config.roots) {
      const real = realPathOf(root);
      if (real !== undefined) await this.visit(real, MAX_DEPTH, search);
    }
    const repositories = [...new Map(search.found.map((found) => [found.path, found])).values()];
    repositories.sort((one, other) => (one.path < other.path ? -1 : 1));
    this.known = { repositories, untilMs: this.clock.monotonicMs() + KEPT_MS };
    return repositories;
  }

  private async visit(folder: string, depth: number, search: Search): Promise<void> {
    search.signal.throwIfAborted();
    search.folders += 1;
    if (search.folders > MAX_FOLDERS || search.found.length >= MAX_REPOSITORIES) return;
    // What may not be read is passed over, as what is hidden is.
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const names = new Set(entries.map(({ name }) => name));
    if (names.has('.git') || BARE.every((name) => names.has(name))) {
      const repository = await this.locate(folder, search.signal);
      if (repository) search.found.push(repository);
      return;
    }
    if (depth === 0) return;
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    for (const name of folders.filter(isSearched).toSorted()) {
      await this.visit(join(folder, name), depth - 1, search);
    }
  }

  /** What the policy of paths refuses is not offered. */
  private async locate(folder: string, signal: AbortSignal): Promise<Repository | undefined> {
    try {
      const repository = await this.locator.locate(folder, signal);
      return repository.path === folder ? repository : undefined;
    } catch (error) {
      // Else the list would be kept without it.
      signal.throwIfAborted();
      if (error instanceof ServerError) return undefined;
      throw error;
    }
  }
}

function isSearched(name: string): boolean {
  return !name.startsWith('.') && !PASSED_OVER.has(name) && !isGitFolderName(name);
}
