import { join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { configEntries } from '../cli/config-entries.js';
import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { readSmallFile } from '../paths/small-text-file.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../repository-locks.port.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { submoduleFolder } from './submodule-name.js';

/**
 * `uninitialized`: its URL is not in the configuration; `missing`: it is, and there is no work tree; `current`: the commit
 * that the index names is checked out; `modified`: another one; `refused`: what it has leads where it may not.
 */
export type SubmoduleState = 'uninitialized' | 'missing' | 'current' | 'modified' | 'refused';

export interface Submodule {
  /** As `.gitmodules` has it; `null` where that says nothing of the path. */
  readonly name: string | null;
  readonly path: string;
  /** As `.gitmodules` has it: possibly relative, and nobody's promise. */
  readonly url: string | null;
  readonly branch: string | null;
  /** The commit that the index names. */
  readonly recorded: string;
  /** The commit that is checked out in it. */
  readonly head: string | null;
  readonly state: SubmoduleState;
  /** From the configuration, where it is initialized. */
  readonly configuredUrl: string | null;
  readonly repository: Repository | null;
}

interface Declared {
  readonly path?: string;
  readonly url?: string;
  readonly branch?: string;
}

/** Which submodules a repository has. Only looked at: neither their configuration nor that in `.gitmodules` runs anything. */
@Injectable()
export class SubmoduleLister {
  constructor(
    private readonly state: RepositoryState,
    @Inject(GIT_CLI) private readonly git: GitCli,
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
  ) {}

  /** @returns those of the index, in its order */
  async list(repository: Repository, signal: AbortSignal): Promise<readonly Submodule[]> {
    this.state.requireWorkTree(repository);
    const recorded = await this.recorded(repository, signal);
    if (recorded.size === 0) return [];
    const declared = await this.declared(repository, signal);
    const byPath = new Map([...declared].map(([name, one]) => [one.path, { name, ...one }]));
    const urls = await this.configured(repository, signal);
    const found: Submodule[] = [];
    for (const [path, sha] of recorded) {
      const { name = null, url = null, branch = null } = byPath.get(path) ?? {};
      const configuredUrl = (name !== null && urls.get(name)) || null;
      const base = { name, path, url, branch, recorded: sha, configuredUrl };
      found.push({ ...base, ...(await this.there(repository, path, sha, configuredUrl !== null, signal)) });
    }
    return found;
  }

  /**
   * @param paths all of them where there are none
   * @throws ServerError `operation_failed` with `details: {reason: 'unknown-submodule', paths}`
   */
  async chosen(
    repository: Repository,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly Submodule[]> {
    const all = await this.list(repository, signal);
    if (paths.length === 0) return all;
    const unknown = paths.filter((path) => !all.some((one) => one.path === path));
    if (unknown.length === 0) return all.filter(({ path }) => paths.includes(path));
    throw new ServerError(
      'operation_failed',
      'There is no submodule at a path; list them with git_submodule',
      {
        details: { reason: 'unknown-submodule', paths: unknown },
      },
    );
  }

  /** Paths in a submodule at which another one is checked out: git's status there does not look into them. */
  async within(path: string, inner: Repository, signal: AbortSignal): Promise<readonly string[]> {
    const nested = await this.list(inner, signal);
    const there = nested.filter(({ repository, state }) => repository !== null || state === 'refused');
    return there.map((submodule) => `${path}/${submodule.path}`);
  }

  private async there(
    repository: Repository,
    path: string,
    recorded: string,
    isInitialized: boolean,
    signal: AbortSignal,
  ): Promise<Pick<Submodule, 'state' | 'head' | 'repository'>> {
    const absent = {
      state: isInitialized ? 'missing' : 'uninitialized',
      head: null,
      repository: null,
    } as const;
    try {
      const folder = submoduleFolder(repository, path);
      const found = await this.locator.locate(folder, signal);
      // Where it is empty, the repository around it is found.
      if (found.path !== folder) return absent;
      const head = await this.state.sha(found, 'HEAD', signal);
      return { state: head === recorded ? 'current' : 'modified', head, repository: found };
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      if (error.code === 'not_a_repository') return absent;
      if (error.code !== 'path_not_allowed' && error.code !== 'untrusted_config') throw error;
      return { state: 'refused', head: null, repository: null };
    }
  }

  private async recorded(repository: Repository, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const lines = await this.state.list(repository, { name: 'ls-files', options: ['--stage', '-z'] }, signal);
    const entries = lines.flatMap((line): [string, string][] => {
      const [, sha = '', path = ''] = /^160000 ([0-9a-f]+) \d\t(.*)$/s.exec(line) ?? [];
      return sha === '' ? [] : [[path, sha]];
    });
    return new Map(entries);
  }

  /** What `.gitmodules` in the work tree says, by name. A link is not followed. */
  private async declared(
    repository: Repository,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Declared>> {
    const text = readSmallFile(join(repository.path, '.gitmodules'));
    if (text === undefined) return new Map();
    const options = ['--file=-', '--no-includes', '--list', '--null'];
    const result = await this.git.run(repository, { name: 'config', options, stdin: text }, signal);
    if (result.exitCode !== 0) throw gitFailure('config', result);
    const found = new Map<string, Declared>();
    for (const { section, subsection, variable, value } of configEntries(result.stdout)) {
      if (section !== 'submodule' || subsection === undefined) continue;
      found.set(subsection, { ...found.get(subsection), [variable]: value });
    }
    return found;
  }

  private async configured(
    repository: Repository,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>> {
    const command = { name: 'config', options: ['--list', '--null', '--includes'] };
    const { stdout } = await this.git.run(repository, command, signal);
    const urls = configEntries(stdout).flatMap(
      ({ section, subsection, variable, value }): [string, string][] =>
        section === 'submodule' && subsection !== undefined && variable === 'url'
          ? [[subsection, value]]
          : [],
    );
    return new Map(urls);
  }
}
