import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { isWithin } from '../paths/allowed-roots.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { type Submodule, SubmoduleLister } from './submodule.lister.js';

const STATUS = ['--porcelain', '-z', '--untracked-files=normal', '--no-renames'];
/** Tags come from remotes, and need not be on a branch there. */
const OWN_COMMITS = ['--max-count=1', '--exclude=refs/tags/*', '--all', '--not', '--remotes', '--tags'];

/** Says what is in submodules and nowhere else. */
@Injectable()
export class SubmoduleWork {
  constructor(
    private readonly lister: SubmoduleLister,
    private readonly state: RepositoryState,
  ) {}

  /** @returns paths of changed files, and those of submodules that hold more than what their remotes have */
  async of(repository: Repository, signal: AbortSignal): Promise<readonly string[]> {
    const found: string[] = [];
    for (const submodule of await this.lister.list(repository, signal)) {
      found.push(...(await this.in(repository, submodule, signal)));
    }
    return found;
  }

  private async in(
    repository: Repository,
    { path, state, repository: inner }: Submodule,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    if (inner === null) return state === 'refused' ? [path] : [];
    if (!isPlainSubmodule(repository, inner)) return [path];
    const changes = await this.state.list(inner, { name: 'status', options: STATUS }, signal);
    const commits = await this.state.lines(inner, { name: 'rev-list', options: OWN_COMMITS }, signal);
    return [...changes.map((line) => `${path}/${line.slice(3)}`), ...(commits.length > 0 ? [path] : [])];
  }
}

/** Its repository is in git's folder of the work tree, and it has no submodules itself. */
export function isPlainSubmodule({ gitDir }: Repository, inner: Repository): boolean {
  const isOurs = isWithin(inner.gitDir, join(gitDir, 'modules'));
  return isOurs && entryKind(join(inner.gitDir, 'modules')) === 'absent';
}
