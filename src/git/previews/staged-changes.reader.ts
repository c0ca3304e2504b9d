import { Injectable } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { type Trial } from '../writes/trial-index.service.js';

export interface StagedChange {
  readonly path: string;
  /** Object id in HEAD; `null` where the file is new. */
  readonly from: string | null;
  /** Object id in the index; `null` where the file is deleted. */
  readonly to: string | null;
}

const OPTIONS = ['--cached', '--raw', '-z', '--no-renames', '--no-abbrev'];
/** `:<mode> <mode> <id> <id> <status>` */
const RECORD = /^:\d+ \d+ ([0-9a-f]+) ([0-9a-f]+) /;

/** What the next commit would change. */
@Injectable()
export class StagedChanges {
  constructor(private readonly state: RepositoryState) {}

  /**
   * Those of unmerged paths are not among them.
   *
   * @param revisions what the index is compared with: one commit, HEAD if there is none
   * @param trial of an index other than the repository's
   */
  async list(
    repository: Repository,
    signal: AbortSignal,
    revisions: readonly string[] = [],
    trial: Trial = {},
  ): Promise<readonly StagedChange[]> {
    this.state.requireWorkTree(repository);
    const command = { name: 'diff', options: OPTIONS, revisions };
    const records = await this.state.list(repository, command, signal, trial);
    return records.flatMap((record, index) => {
      const [, from = '', to = ''] = RECORD.exec(record) ?? [];
      return from === '' ? [] : [{ path: records[index + 1] ?? '', from: orNull(from), to: orNull(to) }];
    });
  }
}

function orNull(id: string): string | null {
  return /^0+$/.test(id) ? null : id;
}
