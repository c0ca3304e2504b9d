import { Injectable } from '@nestjs/common';

import { type Effect, planned, type PlannedChange } from '../planned-change.js';
import { type Repository } from '../repository.js';
import { RemoteConfiguration } from './remote-configuration.service.js';
import { maskUrl } from './remote-url.js';

/** What is to become of one remote in the configuration. */
export type RemoteChange =
  | { readonly action: 'add'; readonly name: string; readonly url: string }
  | { readonly action: 'remove'; readonly name: string }
  | { readonly action: 'rename'; readonly name: string; readonly to: string }
  /** @property push only the URL to push to */
  | { readonly action: 'set-url'; readonly name: string; readonly url: string; readonly push: boolean };

/** Plans changes of remotes. Nothing is contacted. */
@Injectable()
export class RemoteChanges {
  constructor(private readonly remotes: RemoteConfiguration) {}

  /** @throws ServerError as `RemoteConfiguration` */
  async plan(repository: Repository, change: RemoteChange, signal: AbortSignal): Promise<PlannedChange> {
    const { name } = change;
    const { remotes } = this;
    switch (change.action) {
      case 'add': {
        const url = await remotes.addable(repository, name, change.url, signal);
        const effect = set(`remote.${name}.url`, null, url);
        return planned([effect], (aborted) => remotes.add(repository, name, change.url, aborted));
      }
      case 'remove': {
        const { fetch } = await remotes.removable(repository, name, signal);
        const effects = [set(`remote.${name}`, fetch, null)];
        return planned(effects, (aborted) => remotes.remove(repository, name, aborted));
      }
      case 'rename': {
        await remotes.renamable(repository, name, change.to, signal);
        const effects = [{ action: 'move', subject: `remote.${name}`, from: name, to: change.to }];
        return planned(effects, (aborted) => remotes.rename(repository, name, change.to, aborted));
      }
      case 'set-url': {
        const { push, url: wanted } = change;
        const { urls, url } = await remotes.urlSettable(repository, name, wanted, signal);
        const key = `remote.${name}.${push ? 'pushurl' : 'url'}`;
        const effects = [set(key, push ? urls.push : urls.fetch, url)];
        return planned(effects, (aborted) => remotes.setUrl(repository, name, wanted, push, aborted));
      }
    }
  }
}

function set(subject: string, from: string | null, to: string | null): Effect {
  const action = from === null ? 'create' : to === null ? 'delete' : 'update';
  return { action, subject, from: from && maskUrl(from), to: to && maskUrl(to) };
}
