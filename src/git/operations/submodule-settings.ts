import { Injectable } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { SubmoduleLister } from '../submodules/submodule.lister.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { nameIn, placedKey, settingCommands } from './setting-facts.js';
import { SettingsReader } from './settings.reader.js';
import { type Change, type Facts } from './snapshot.js';

/** What tools change of the configuration of a submodule that is checked out. */
const KEYS = ['remote.origin.url'];
const NOTHING: Facts = new Map();

/** The settings that submodules have for themselves. Their place is the path of the submodule. */
@Injectable()
export class SubmoduleSettings {
  constructor(
    private readonly lister: SubmoduleLister,
    private readonly reader: SettingsReader,
    private readonly commands: WriteCommands,
  ) {}

  async read(
    repository: Repository,
    paths: readonly string[] | 'every',
    signal: AbortSignal,
  ): Promise<Facts> {
    if (repository.bare || paths.length === 0) return NOTHING;
    const facts = new Map<string, string>();
    for (const { path, repository: inner } of await this.lister.list(repository, signal)) {
      if (inner === null || (paths !== 'every' && !paths.includes(path))) continue;
      const all = await this.reader.read(inner, signal);
      for (const key of KEYS) {
        const fact = all.get(key);
        if (fact !== undefined) facts.set(nameIn(path, key), fact);
      }
    }
    return facts;
  }

  /** Of those submodules that the changes are about. */
  now(repository: Repository, changes: readonly Change[], signal: AbortSignal): Promise<Facts> {
    return this.read(repository, placesIn(changes), signal);
  }

  /** Makes them what `to` says. */
  async write(repository: Repository, changes: readonly Change[], signal: AbortSignal): Promise<void> {
    const places = placesIn(changes);
    if (places.length === 0) return;
    for (const { path, repository: inner } of await this.lister.list(repository, signal)) {
      if (inner === null || !places.includes(path)) continue;
      const own = changes.filter(({ name }) => KEYS.includes(placedKey(name)[1]));
      for (const command of settingCommands(own, path)) await this.commands.must(inner, command, signal);
    }
  }
}

function placesIn(changes: readonly Change[]): readonly string[] {
  return [...new Set(changes.map(({ name }) => placedKey(name)[0]))].filter((place) => place !== '');
}
