import { isUtf8 } from 'node:buffer';

import { Inject, Injectable } from '@nestjs/common';

import { GIT_READS, type GitReads } from '../../git/git-reads.port.js';
import { GIT_REMOTES, type GitRemotes } from '../../git/git-writes.port.js';
import { TagReader } from '../../git/reads/tag.reader.js';
import { nameText } from '../../git/reads/tree-path.js';
import { TreeReader } from '../../git/reads/tree.reader.js';
import { type Repository } from '../../git/repository.js';
import { ServerError } from '../../shared/errors/index.js';

const RECENT_COMMITS = 50;

export interface FolderPlace {
  readonly revision: string;
  /** Ends with a slash, but for the top, which is `''`. */
  readonly folder: string;
  readonly foldersOnly: boolean;
}

/** What in one repository has a name that somebody may want to type. Throws what the reads throw. */
@Injectable()
export class RepositoryNames {
  constructor(
    @Inject(GIT_READS) private readonly reads: GitReads,
    @Inject(GIT_REMOTES) private readonly remoteList: GitRemotes,
    private readonly tagList: TagReader,
    private readonly trees: TreeReader,
  ) {}

  async branches(repository: Repository, signal: AbortSignal): Promise<readonly string[]> {
    const branches = await this.reads.branches(repository, { type: 'all' }, signal);
    return branches.map(({ name }) => name);
  }

  /** The newest first. */
  async tags(repository: Repository, signal: AbortSignal): Promise<readonly string[]> {
    const tags = await this.tagList.tags(repository, signal);
    return tags.map(({ name }) => name);
  }

  async remotes(repository: Repository, signal: AbortSignal): Promise<readonly string[]> {
    const remotes = await this.remoteList.list(repository, signal);
    return remotes.map(({ name }) => name);
  }

  /** Full ids of the commits that HEAD reached last; none before the first commit. */
  async recentCommits(repository: Repository, signal: AbortSignal): Promise<readonly string[]> {
    try {
      const { commits } = await this.reads.log(repository, { maxCount: RECENT_COMMITS }, signal);
      return commits.map(({ sha }) => sha);
    } catch (error) {
      if (error instanceof ServerError && error.code === 'revision_not_found') return [];
      throw error;
    }
  }

  /** Paths from the top, of folders with a slash at their end. What cannot be typed (no UTF-8) is left out. */
  async paths(
    repository: Repository,
    { revision, folder, foldersOnly }: FolderPlace,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const tree = await this.trees.tree(repository, revision, folder, signal);
    return (tree?.entries ?? [])
      .filter(({ type }) => type === 'folder' || (!foldersOnly && type !== 'submodule'))
      .filter(({ name }) => isUtf8(Buffer.from(name, 'latin1')))
      .map(({ name, type }) => `${folder}${nameText(name)}${type === 'folder' ? '/' : ''}`);
  }
}
