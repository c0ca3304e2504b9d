import { Injectable } from '@nestjs/common';

import { RepositoryDiscovery } from '../../git/paths/repository.discovery.js';
import { type Repository } from '../../git/repository.js';
import { turnOf } from '../../resilience/turn.js';
import { ServerError } from '../../shared/errors/index.js';
import { RepositoryNames } from './repository-names.service.js';
import { type ResourceReader } from './resource.js';
import { assertMayRead, ResourceOperations } from './resource.operations.js';

/** One more than an answer of MCP may have, so that whoever makes the answer sees that there are more. */
const MAX_VALUES = 101;
/** What is typed by half names nothing yet; that is no failure, there is only nothing to propose. */
const UNFINISHED: ReadonlySet<string> = new Set([
  'not_a_repository',
  'path_not_allowed',
  'revision_not_found',
]);

type Names = (repository: Repository, signal: AbortSignal) => Promise<readonly string[]>;

export interface PathPlace {
  /** As for the other methods: without it, the only repository that there is. */
  readonly repository: string | undefined;
  /** Default HEAD. */
  readonly revision?: string | undefined;
  readonly foldersOnly?: boolean;
}

/**
 * Proposes how what somebody types may go on: at most 101 values that start with it.
 *
 * All methods throw `forbidden` for who may not read, and what the policies of operations and the reads throw.
 */
@Injectable()
export class RepositoryCompletions {
  constructor(
    private readonly discovery: RepositoryDiscovery,
    private readonly operations: ResourceOperations,
    private readonly names: RepositoryNames,
  ) {}

  async repositories(value: string, reader: ResourceReader, signal: AbortSignal): Promise<readonly string[]> {
    assertMayRead(reader.principal);
    const found = await this.discovery.repositories(signal);
    return starting(
      found.map(({ path }) => path),
      value,
    );
  }

  /** @param repository its path; without it, the only one that there is */
  branches(
    repository: string | undefined,
    value: string,
    reader: ResourceReader,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const names: Names = (found, aborted) => this.names.branches(found, aborted);
    return this.complete(repository, value, reader, names, signal);
  }

  remotes(
    repository: string | undefined,
    value: string,
    reader: ResourceReader,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const names: Names = (found, aborted) => this.names.remotes(found, aborted);
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
        this.names.branches(found, aborted),
        this.names.tags(found, aborted),
        /^[0-9a-f]*$/.test(value) ? this.names.recentCommits(found, aborted) : [],
      ]);
      return ['HEAD', ...branches, ...tags, ...commits];
    };
    return this.complete(repository, value, reader, names, signal);
  }

  /** What is in the folder that the value has reached; a folder with a slash at its end, so that one goes on inside. */
  paths(
    { repository, revision = 'HEAD', foldersOnly = false }: PathPlace,
    value: string,
    reader: ResourceReader,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const folder = value.slice(0, value.lastIndexOf('/') + 1);
    const place = { revision, folder, foldersOnly };
    const names: Names = (found, aborted) => this.names.paths(found, place, aborted);
    return this.complete(repository, value, reader, names, signal);
  }

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
    try {
      const turn = turnOf(principal, sessionId);
      return starting(await this.operations.read(meant, turn, names, signal), value);
    } catch (error) {
      if (error instanceof ServerError && UNFINISHED.has(error.code)) return [];
      throw error;
    }
  }

  private async only(signal: AbortSignal): Promise<string | undefined> {
    const [one, another] = await this.discovery.repositories(signal);
    return another ? undefined : one?.path;
  }
}

function starting(names: readonly string[], value: string): readonly string[] {
  return [...new Set(names)].filter((name) => name.startsWith(value)).slice(0, MAX_VALUES);
}
