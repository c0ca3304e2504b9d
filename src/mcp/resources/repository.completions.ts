import { isUtf8 } from 'node:buffer';

import { Inject, Injectable } from '@nestjs/common';

import { GIT_READS, type GitReads } from '../../git/git-reads.port.js';
import { RepositoryDiscovery } from '../../git/paths/repository.discovery.js';
import { TagReader } from '../../git/reads/tag.reader.js';
import { TreeReader } from '../../git/reads/tree.reader.js';
import { type Repository } from '../../git/repository.js';
import { ServerError } from '../../shared/errors/index.js';
import { type ResourceReader } from './resource.js';
import { assertMayRead, ResourceOperations } from './resource.operations.js';

/** As many as MCP lets an answer have. */
const MAX_VALUES = 100;
const RECENT_COMMITS = 50;
/** What is typed by half names nothing yet; that is no failure, there is only nothing to propose. */
const UNFINISHED: ReadonlySet<string> = new Set([
  'not_a_repository',
  'path_not_allowed',
  'revision_not_found',
]);

type Names = (repository: Repository, signal: AbortSignal) => Promise<readonly string[]>;

/** Proposes how what somebody types may go on. All methods give at most 100 values that start with it. */
@Injectable()
export class RepositoryCompletions {
  constructor(
    private readonly discovery: RepositoryDiscovery,
    private readonly operations: ResourceOperations,
    @Inject(GIT_READS) private readonly reads: GitReads,
    private readonly tags: TagReader,
    private readonly trees: TreeReader,
  ) {}

  async repositories(value: string, reader: ResourceReader, signal: AbortSignal): Promise<readonly string[]> {
    assertMayRead(reader.principal);
    const found = await this.discovery.repositories(signal);
    return starting(
      found.map(({ path }) => path),
      value,
    );
  }

  branches(
    repository: string | undefined,
    value: string,
    reader: ResourceReader,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const names: Names = (found, aborted) => this.branchNames(found, aborted);
    return this.complete(repository, value, reader, names, signal);
  }

  /** HEAD, branches, tags and, where an object id may be meant, the commits made last. */
  revisions(
    repository: string | undefined,
    value: string,
    reader: ResourceReader,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const names: Names = async (found, aborted) => {
      const [branches, tags, commits] = await Promise.all([
        this.branchNames(found, aborted),
        this.tags.tags(found, aborted),
        /^[0-9a-f]*$/.test(value) ? this.recentCommits(found, aborted) : [],
      ]);
      return ['HEAD', ...branches, ...tags.map(({ name }) => name), ...commits];
    };
    return this.complete(repository, value, reader, names, signal);
  }

  /** Of a folder the name with a slash at its end, so that one goes on inside. */
  paths(
    { repository, revision = 'HEAD', foldersOnly = false }: PathPlace,
    value: string,
    reader: ResourceReader,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const folder = value.slice(0, value.lastIndexOf('/') + 1);
    const names: Names = async (found, aborted) => {
      const tree = await this.trees.tree(found, revision, folder, aborted);
      return (tree?.entries ?? [])
        .filter(({ name, type }) => type !== 'submodule' && isUtf8(Buffer.from(name, 'latin1')))
        .filter(({ type }) => type === 'folder' || !foldersOnly)
        .map(({ name, type }) => ({ name: Buffer.from(name, 'latin1').toString('utf8'), type }))
        .map(({ name, type }) => `${folder}${name}${type === 'folder' ? '/' : ''}`);
    };
    return this.complete(repository, value, reader, names, signal);
  }

  private async branchNames(repository: Repository, signal: AbortSignal): Promise<readonly string[]> {
    const branches = await this.reads.branches(repository, { type: 'all' }, signal);
    return branches.map(({ name }) => name);
  }

  private async recentCommits(repository: Repository, signal: AbortSignal): Promise<readonly string[]> {
    const log = this.reads.log(repository, { maxCount: RECENT_COMMITS }, signal);
    // Before the first commit there is no HEAD to begin at.
    const commits = await log.catch((error: unknown) => orNothing(error));
    return commits.map(({ sha }) => sha);
  }

  /** @param path without it, the only repository that there is */
  private async complete(
    path: string | undefined,
    value: string,
    { principal, sessionId }: ResourceReader,
    names: Names,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    assertMayRead(principal);
    const meant = path ?? (await this.only(signal));
    if (meant === undefined) return [];
    const found = this.operations.read(meant, sessionId, names, signal);
    return starting(await found.catch((error: unknown) => orNothing(error)), value);
  }

  private async only(signal: AbortSignal): Promise<string | undefined> {
    const [one, another] = await this.discovery.repositories(signal);
    return another ? undefined : one?.path;
  }
}

export interface PathPlace {
  readonly repository: string | undefined;
  /** Default HEAD. */
  readonly revision?: string | undefined;
  readonly foldersOnly?: boolean;
}

function starting(names: readonly string[], value: string): readonly string[] {
  return [...new Set(names)].filter((name) => name.startsWith(value)).slice(0, MAX_VALUES);
}

function orNothing(error: unknown): readonly never[] {
  if (error instanceof ServerError && UNFINISHED.has(error.code)) return [];
  throw error;
}
