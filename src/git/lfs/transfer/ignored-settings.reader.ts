import { join, resolve } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { type ConfigEntry, configEntries } from '../../cli/config-entries.js';
import { GIT_CLI, type GitCli } from '../../git-cli.port.js';
import { readSmallFile } from '../../paths/small-text-file.js';
import { type Repository } from '../../repository.js';
import { lfsEndpoint } from './lfs-endpoint.js';

export type Way = 'fetch' | 'push';

interface Remote {
  readonly remote: string;
  readonly url: string;
  readonly way: Way;
}

const LFSCONFIG = '.lfsconfig';

/** Says where git-lfs would go, or keep content, instead: whoever wrote the repository says so, and is not asked here. */
@Injectable()
export class IgnoredSettings {
  constructor(@Inject(GIT_CLI) private readonly git: GitCli) {}

  /** @returns names such as `lfs.url` and `.lfsconfig lfs.url`, without their values, which may hold a credential */
  async read(repository: Repository, remote: Remote, signal: AbortSignal): Promise<readonly string[]> {
    const committed = repository.bare ? undefined : readSmallFile(join(repository.path, LFSCONFIG));
    const [own, ofFile] = await Promise.all([
      this.entries(repository, [], '', signal),
      committed === undefined
        ? []
        : this.entries(repository, ['--file=-', '--no-includes'], committed, signal),
    ]);
    const names = [
      ...own.filter((entry) => leadsElsewhere(entry, remote) || isOtherStore(entry, repository)).map(nameOf),
      ...ofFile
        .filter((entry) => leadsElsewhere(entry, remote))
        .map((entry) => `${LFSCONFIG} ${nameOf(entry)}`),
    ];
    return [...new Set(names)];
  }

  private async entries(
    repository: Repository,
    options: readonly string[],
    stdin: string,
    signal: AbortSignal,
  ): Promise<readonly ConfigEntry[]> {
    const command = { name: 'config', options: [...options, '--list', '--null'], stdin };
    // What git cannot read of a file, git-lfs cannot either.
    const { exitCode, stdout } = await this.git.run(repository, command, signal);
    return exitCode === 0 ? configEntries(stdout) : [];
  }
}

function leadsElsewhere(
  { key, section, variable, value }: ConfigEntry,
  { remote, url, way }: Remote,
): boolean {
  if (section === 'url') return variable.endsWith('insteadof') && url.startsWith(value);
  const keys = ['lfs.url', `remote.${remote}.lfsurl`];
  if (way === 'push') keys.push('lfs.pushurl', `remote.${remote}.lfspushurl`);
  return keys.includes(key) && value !== lfsEndpoint(url);
}

// git-lfs takes this of the configuration alone, not of .lfsconfig.
function isOtherStore({ key, value }: ConfigEntry, { commonDir }: Repository): boolean {
  return key === 'lfs.storage' && resolve(commonDir, value) !== join(commonDir, 'lfs');
}

function nameOf({ key, section, variable }: ConfigEntry): string {
  return section === 'url' ? `url.*.${variable}` : key;
}
