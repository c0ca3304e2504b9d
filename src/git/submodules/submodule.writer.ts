import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { entryKind } from '../paths/small-text-file.js';
import { type Effect, planned, type PlannedChange } from '../planned-change.js';
import { refused } from '../refusal.js';
import { RemoteConfiguration } from '../remotes/remote-configuration.service.js';
import { RemotePolicy } from '../remotes/remote-policy.service.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { submoduleUrl } from './relative-url.js';
import { emptyFolder } from './submodule-files.js';
import { submoduleFolder, submoduleGitFolder } from './submodule-name.js';
import { type Submodule, SubmoduleLister } from './submodule.lister.js';

/** What needs no network: which submodules are wanted, from where, and which no longer. */
@Injectable()
export class SubmoduleWriter {
  constructor(
    private readonly lister: SubmoduleLister,
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly remotes: RemoteConfiguration,
    private readonly policy: RemotePolicy,
  ) {}

  /** @throws ServerError what the policy of remotes says of a URL; `path_not_allowed` for a name */
  async init(repository: Repository, paths: readonly string[], signal: AbortSignal): Promise<PlannedChange> {
    const fresh = (await this.lister.chosen(repository, paths, signal)).filter(
      ({ configuredUrl, name, url }) => configuredUrl === null && name !== null && url !== null,
    );
    return this.urls(repository, fresh, 'init submodule', signal);
  }

  /** Takes the URLs of `.gitmodules` again, for those that are initialized. */
  async sync(repository: Repository, paths: readonly string[], signal: AbortSignal): Promise<PlannedChange> {
    const known = (await this.lister.chosen(repository, paths, signal)).filter(
      ({ configuredUrl, url }) => configuredUrl !== null && url !== null,
    );
    const change = await this.urls(repository, known, 'sync submodule', signal);
    return {
      ...change,
      apply: async (aborted) => {
        const effects = await change.apply(aborted);
        for (const { path, repository: inner } of known) {
          const url = effects.find(({ subject }) => subject === path)?.to;
          if (inner !== null && url) await this.set(inner, 'remote.origin.url', url, aborted);
        }
        return effects;
      },
    };
  }

  /**
   * Empties the folders of submodules and forgets their URLs. Their repositories stay in git's folder.
   *
   * @param force also where changes are lost
   * @throws ServerError `operation_failed` with `details.reason`: `dirty` with the paths, `embedded` where the repository
   *   itself is in the folder
   */
  async deinit(
    repository: Repository,
    paths: readonly string[],
    force: boolean,
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    const chosen = (await this.lister.chosen(repository, paths, signal)).filter(
      ({ configuredUrl, repository: inner }) => configuredUrl !== null || inner !== null,
    );
    for (const submodule of chosen) await this.requireRemovable(submodule, force, signal);
    const effects = chosen.map(({ path, head }): Effect => ({
      action: 'deinit submodule',
      subject: path,
      from: head,
      to: null,
    }));
    return planned(effects, async (aborted) => {
      for (const { path, name, configuredUrl } of chosen) {
        emptyFolder(submoduleFolder(repository, path));
        if (configuredUrl === null || name === null) continue;
        const options = ['--local', '--remove-section'];
        const command = { name: 'config setting', options, revisions: [`submodule.${name}`] };
        await this.commands.must(repository, command, aborted);
      }
    });
  }

  /** Where a submodule is to come from, by what `.gitmodules` says. @throws ServerError as the policy of remotes */
  async urlOf(repository: Repository, url: string, signal: AbortSignal): Promise<string> {
    return this.policy.check(submoduleUrl(url, await this.base(repository, signal)), signal);
  }

  async set(repository: Repository, key: string, value: string, signal: AbortSignal): Promise<void> {
    const command = { name: 'config setting', options: ['--local'], revisions: [key, value] };
    await this.commands.must(repository, command, signal);
  }

  private async urls(
    repository: Repository,
    submodules: readonly Submodule[],
    action: string,
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    const wanted: { name: string; effect: Effect }[] = [];
    for (const { name, path, url, configuredUrl } of submodules) {
      if (name === null || url === null) continue;
      submoduleGitFolder(repository, name);
      const to = await this.urlOf(repository, url, signal);
      wanted.push({ name, effect: { action, subject: path, from: configuredUrl, to } });
    }
    return planned(
      wanted.map(({ effect }) => effect),
      async (aborted) => {
        for (const { name, effect } of wanted) {
          await this.set(repository, `submodule.${name}.active`, 'true', aborted);
          await this.set(repository, `submodule.${name}.url`, effect.to ?? '', aborted);
        }
      },
    );
  }

  /** As git has it: `origin`, or the only remote there is. */
  private async base(repository: Repository, signal: AbortSignal): Promise<string | undefined> {
    const remotes = await this.remotes.list(repository, signal);
    const remote =
      remotes.find(({ name }) => name === 'origin') ?? (remotes.length === 1 ? remotes[0] : undefined);
    if (remote === undefined) return undefined;
    return (await this.remotes.urls(repository, remote.name, signal)).fetch;
  }

  private async requireRemovable(
    { path, repository, state }: Submodule,
    force: boolean,
    signal: AbortSignal,
  ) {
    if (state === 'refused') {
      throw refused('refused', 'The submodule leads where the server may not work; look at its .git', [path]);
    }
    if (repository === null) return;
    if (entryKind(join(repository.path, '.git')) === 'folder') {
      throw refused('embedded', 'The repository of the submodule is in its folder and would be lost', [path]);
    }
    if (force) return;
    const options = ['--porcelain', '-z', '--untracked-files=normal', '--no-renames'];
    const changes = await this.state.list(repository, { name: 'status', options }, signal);
    const nested = await this.lister.within(path, repository, signal);
    if (changes.length + nested.length === 0) return;
    const message = 'The submodule has changes that would be lost; commit them in it, or use force';
    throw refused('dirty', message, [
      ...new Set([...changes.map((line) => `${path}/${line.slice(3)}`), ...nested]),
    ]);
  }
}
