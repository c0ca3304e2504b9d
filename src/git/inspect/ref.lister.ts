import { Injectable } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';

export interface RefRecord {
  /** In full: `refs/heads/main`. */
  readonly name: string;
  readonly sha: string;
  /** `commit`, `tag`, `tree` or `blob`. */
  readonly type: string;
  /** What an annotated tag names in the end. */
  readonly peeled?: string;
  /** The ref that a symbolic one stands for. */
  readonly target?: string;
}

const FIELDS = ['refname', 'objectname', 'objecttype', '*objectname', 'symref'];
const FORMAT = `--format=${FIELDS.map((field) => `%(${field})%00`).join('')}`;
/** The operation log of this server, which is nobody's branch or tag. */
const OURS = 'refs/mcp-git';

/** Lists refs of every kind. */
@Injectable()
export class RefLister {
  constructor(private readonly state: RepositoryState) {}

  /**
   * @param patterns as git-for-each-ref(1) takes them: whole components from the beginning of the full name, or with
   *   `*`; none means all
   * @returns by name; those of the operation log only where a pattern names them
   */
  async list(
    repository: Repository,
    patterns: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly RefRecord[]> {
    const command = { name: 'for-each-ref', options: [FORMAT], revisions: patterns };
    const fields = await this.state.list(repository, command, signal);
    const records = Array.from({ length: Math.floor(fields.length / FIELDS.length) }, (_, index) =>
      recordOf(fields.slice(index * FIELDS.length, (index + 1) * FIELDS.length)),
    );
    const withOurs = patterns.some((pattern) => pattern.startsWith(OURS));
    return withOurs ? records : records.filter(({ name }) => !name.startsWith(`${OURS}/`));
  }
}

function recordOf([name = '', sha = '', type = '', peeled = '', target = '']: readonly string[]): RefRecord {
  return {
    // Each record but the first begins with the end of the line before.
    name: name.replace(/^\n/, ''),
    sha,
    type,
    ...(peeled !== '' && { peeled }),
    ...(target !== '' && { target }),
  };
}
