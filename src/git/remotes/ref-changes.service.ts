import { Injectable } from '@nestjs/common';

import { type RefUpdate } from '../git-writes.port.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';

export type RefSnapshot = ReadonlyMap<string, string>;

/** A fetch that moves more branches than this is told apart only as far as that costs one process each. */
const MAX_COMPARED = 200;

/** What a fetch changed, read from the refs themselves: git's own report is made for people. */
@Injectable()
export class RefChanges {
  constructor(
    private readonly state: RepositoryState,
    private readonly commands: WriteCommands,
  ) {}

  async snapshot(repository: Repository, remote: string, signal: AbortSignal): Promise<RefSnapshot> {
    const revisions = [`refs/remotes/${remote}/`, 'refs/tags/'];
    const command = { name: 'for-each-ref', options: ['--format=%(objectname) %(refname)%00'], revisions };
    const lines = await this.state.list(repository, command, signal);
    return new Map(lines.map((line) => line.trim().split(' ', 2).toReversed() as [string, string]));
  }

  async between(
    repository: Repository,
    before: RefSnapshot,
    after: RefSnapshot,
    signal: AbortSignal,
  ): Promise<readonly RefUpdate[]> {
    const updates: RefUpdate[] = [];
    let compared = 0;
    for (const ref of [...new Set([...before.keys(), ...after.keys()])].toSorted()) {
      const from = before.get(ref) ?? null;
      const to = after.get(ref) ?? null;
      if (from === to) continue;
      const moved = from !== null && to !== null;
      compared += moved ? 1 : 0;
      const outcome =
        moved && compared > MAX_COMPARED ? 'updated' : await this.outcome(repository, from, to, signal);
      updates.push({ ref, from, to, outcome });
    }
    return updates;
  }

  private async outcome(
    repository: Repository,
    from: string | null,
    to: string | null,
    signal: AbortSignal,
  ): Promise<string> {
    if (from === null) return 'new';
    if (to === null) return 'deleted';
    const command = { name: 'merge-base', options: ['--is-ancestor'], revisions: [from, to] };
    const { exitCode } = await this.commands.run(repository, command, signal);
    return exitCode === 0 ? 'fast-forward' : 'forced';
  }
}
