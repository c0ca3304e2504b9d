import { Injectable } from '@nestjs/common';

import { type Effect, planned, type PlannedChange } from '../planned-change.js';
import { type Repository } from '../repository.js';
import { requireBranchName } from '../writes/ref-name.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { RemoteCircuits } from './remote-circuits.service.js';
import { RemoteConfiguration } from './remote-configuration.service.js';
import { LISTING, parseListing, type RemoteListing } from './remote-listing.js';
import { RemotePolicy } from './remote-policy.service.js';

export interface RemoteBranch {
  readonly name: string;
  /** What the remote has; `null` where the branch is gone from it. */
  readonly there: string | null;
  /** What was last fetched; `null` where it never was. */
  readonly here: string | null;
}

export interface RemoteView {
  /** The branch that HEAD of the remote is on; `null` where it is on none. */
  readonly head: string | null;
  /** By name. */
  readonly branches: readonly RemoteBranch[];
}

/** Asks a remote what it has, and fetches nothing. */
@Injectable()
export class RemoteInspector {
  constructor(
    private readonly remotes: RemoteConfiguration,
    private readonly policy: RemotePolicy,
    private readonly circuits: RemoteCircuits,
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
  ) {}

  /** @throws ServerError as a fetch */
  async view(repository: Repository, remote: string, signal: AbortSignal): Promise<RemoteView> {
    requireBranchName(remote, 'remote');
    const { head, branches } = await this.ask(repository, remote, signal);
    const tracked = await this.tracked(repository, remote, signal);
    const names = [...new Set([...branches.keys(), ...tracked.keys()])].toSorted();
    const row = (name: string) => ({
      name,
      there: branches.get(name) ?? null,
      here: tracked.get(name) ?? null,
    });
    return { head, branches: names.map(row) };
  }

  /** Deletes the remote-tracking branches that are gone from the remote. */
  async prune(repository: Repository, remote: string, signal: AbortSignal): Promise<PlannedChange> {
    const { branches } = await this.view(repository, remote, signal);
    const effects: Effect[] = branches
      .filter(({ there }) => there === null)
      .map(({ name, here }) => ({
        action: 'delete',
        subject: `refs/remotes/${remote}/${name}`,
        from: here,
        to: null,
      }));
    return planned(effects, async (aborted) => {
      for (const { subject, from } of effects) {
        const command = { name: 'update-ref', options: ['-d'], revisions: [subject, from ?? ''] };
        await this.commands.must(repository, command, aborted);
      }
    });
  }

  private async ask(repository: Repository, remote: string, signal: AbortSignal): Promise<RemoteListing> {
    const { fetch: url } = await this.remotes.urls(repository, remote, signal);
    const approved = await this.policy.approve(url, signal);
    const command = {
      name: 'ls-remote',
      options: [...LISTING.options, `--upload-pack=${approved.uploadPack}`],
      revisions: [approved.url, ...LISTING.patterns],
    };
    const { stdout } = await this.circuits.run(approved, () =>
      this.commands.must(repository, command, signal, { remote: approved.access }),
    );
    return parseListing(stdout);
  }

  private async tracked(repository: Repository, remote: string, signal: AbortSignal) {
    const prefix = `refs/remotes/${remote}/`;
    const format = '--format=%(refname)%00%(objectname)%00%(symref)%00';
    const command = { name: 'for-each-ref', options: [format], revisions: [prefix] };
    const fields = await this.state.list(repository, command, signal);
    const tracked = new Map<string, string>();
    for (let index = 0; index + 2 < fields.length; index += 3) {
      const [ref = '', id = '', symref = ''] = fields.slice(index, index + 3);
      if (symref === '') tracked.set(ref.replace(/^\n/, '').slice(prefix.length), id);
    }
    return tracked;
  }
}
