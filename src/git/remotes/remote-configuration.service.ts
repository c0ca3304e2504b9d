import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { type RemoteInfo } from '../git-writes.port.js';
import { entryKind } from '../paths/small-text-file.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { requireBranchName } from '../writes/ref-name.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { RemotePolicy } from './remote-policy.service.js';
import { maskUrl } from './remote-url.js';

export interface RemoteUrls {
  readonly fetch: string;
  readonly push: string;
}

const LISTING = { name: 'config', options: ['--list', '--null', '--includes'] };
const KEY = /^(remote|branch)\.(.+)\.(url|pushurl|remote|merge)$/s;

/** Which remotes a repository knows. The URLs are read as they are written: git would rewrite them on request. */
@Injectable()
export class RemoteConfiguration {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly policy: RemotePolicy,
  ) {}

  async list(repository: Repository, signal: AbortSignal): Promise<readonly RemoteInfo[]> {
    const remotes = await this.remotes(repository, signal);
    return [...remotes].map(([name, urls]) => ({
      name,
      fetchUrl: maskUrl(urls.fetch),
      pushUrl: maskUrl(urls.push),
    }));
  }

  /** @throws ServerError `operation_failed` with `details.reason: 'unknown-remote'` */
  async urls(repository: Repository, name: string, signal: AbortSignal): Promise<RemoteUrls> {
    const remotes = await this.remotes(repository, signal);
    const urls = remotes.get(name);
    if (urls) return urls;
    const message = 'The repository has no remote of that name; list them with git_remote';
    throw refused('unknown-remote', message, { remotes: [...remotes.keys()].slice(0, 50) });
  }

  /** @returns the branch of the remote that a local branch follows there */
  async upstream(
    repository: Repository,
    branch: string,
    remote: string,
    signal: AbortSignal,
  ): Promise<string> {
    const values = await this.values(repository, signal);
    const merge = values.get(`branch.${branch}.merge`)?.at(-1);
    const follows = values.get(`branch.${branch}.remote`)?.at(-1) === remote;
    return follows && merge?.startsWith('refs/heads/') ? merge.slice('refs/heads/'.length) : branch;
  }

  /** @returns the URL as it would be written */
  async addable(repository: Repository, name: string, url: string, signal: AbortSignal): Promise<string> {
    await this.requireNew(repository, name, signal);
    return this.policy.check(url, signal);
  }

  async add(repository: Repository, name: string, url: string, signal: AbortSignal): Promise<void> {
    const checked = await this.addable(repository, name, url, signal);
    await this.commands.must(repository, { name: 'remote add', revisions: [name, checked] }, signal);
  }

  async removable(repository: Repository, name: string, signal: AbortSignal): Promise<RemoteUrls> {
    const urls = await this.urls(repository, name, signal);
    refuseHook(repository);
    return urls;
  }

  async remove(repository: Repository, name: string, signal: AbortSignal): Promise<void> {
    await this.removable(repository, name, signal);
    await this.commands.must(repository, { name: 'remote remove', revisions: [name] }, signal);
  }

  async renamable(repository: Repository, from: string, to: string, signal: AbortSignal): Promise<void> {
    await this.removable(repository, from, signal);
    await this.requireNew(repository, to, signal);
  }

  async rename(repository: Repository, from: string, to: string, signal: AbortSignal): Promise<void> {
    await this.renamable(repository, from, to, signal);
    const options = ['--no-progress'];
    await this.commands.must(repository, { name: 'remote rename', options, revisions: [from, to] }, signal);
  }

  /** @returns what is set, and the URL as it would be written */
  async urlSettable(
    repository: Repository,
    name: string,
    url: string,
    signal: AbortSignal,
  ): Promise<{ readonly urls: RemoteUrls; readonly url: string }> {
    return { urls: await this.urls(repository, name, signal), url: await this.policy.check(url, signal) };
  }

  /** @param push only the URL to push to */
  async setUrl(
    repository: Repository,
    name: string,
    url: string,
    push: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { url: checked } = await this.urlSettable(repository, name, url, signal);
    const options = push ? ['--push'] : [];
    await this.commands.must(
      repository,
      { name: 'remote set-url', options, revisions: [name, checked] },
      signal,
    );
  }

  private async requireNew(repository: Repository, name: string, signal: AbortSignal): Promise<void> {
    requireBranchName(name, 'remote');
    if (!(await this.remotes(repository, signal)).has(name)) return;
    throw refused('remote-exists', 'A remote of that name exists already; choose another name');
  }

  private async remotes(
    repository: Repository,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, RemoteUrls>> {
    const values = await this.values(repository, signal);
    const remotes = new Map<string, RemoteUrls>();
    for (const [key, [fetch]] of values) {
      const [, section, name, variable] = KEY.exec(key) ?? [];
      if (section !== 'remote' || variable !== 'url' || name === undefined || fetch === undefined) continue;
      remotes.set(name, { fetch, push: values.get(`remote.${name}.pushurl`)?.[0] ?? fetch });
    }
    return remotes;
  }

  private async values(
    repository: Repository,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const values = new Map<string, string[]>();
    for (const entry of await this.state.list(repository, LISTING, signal)) {
      const [key = '', ...rest] = entry.split('\n');
      if (!KEY.test(key)) continue;
      values.set(key, [...(values.get(key) ?? []), rest.join('\n')]);
    }
    return values;
  }
}

// git remote is the one command that moves refs without having read core.hooksPath: it would run this hook.
function refuseHook({ commonDir, trust }: Repository): void {
  const hook = 'hooks/reference-transaction';
  if (trust === 'trusted' || entryKind(join(commonDir, hook)) === 'absent') return;
  const message = 'The repository has a hook that this action could not keep from running; remove it first';
  throw new ServerError('untrusted_config', message, { details: { files: [hook] } });
}
