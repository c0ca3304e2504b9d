import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { type Repository } from '../repository.js';
import { RevisionInspector } from './revision.inspector.js';

export interface ReflogEntry {
  /** `HEAD@{3}`: what git takes as a revision. */
  readonly name: string;
  readonly sha: string;
  readonly message: string;
  readonly who: string;
  /** Whole seconds since 1970 UTC, and the offset of the clock in minutes east of it. */
  readonly at: number;
  readonly offsetMinutes: number;
}

const FIELDS = ['%H', '%gD', '%gs', '%gn', '%ge'];
const MAX_BYTES = 16 * 2 ** 20;
const TIME = /@\{(\d+) ([+-])(\d\d)(\d\d)\}$/;

/** Where a ref was before. */
@Injectable()
export class ReflogReader {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly inspector: RevisionInspector,
  ) {}

  /**
   * @param name of a ref, or `HEAD`
   * @returns newest first; nothing for a ref of which no log is kept
   * @throws ServerError `revision_not_found` where there is no such ref
   */
  async list(
    repository: Repository,
    name: string,
    maxCount: number,
    signal: AbortSignal,
  ): Promise<readonly ReflogEntry[]> {
    const ref = await this.ref(repository, name, signal);
    const format = `--format=${FIELDS.map((field) => `${field}%x00`).join('')}`;
    const command = {
      name: 'reflog show',
      options: ['-z', format, '--date=raw', `--max-count=${maxCount}`],
      revisions: [ref],
    };
    const result = await this.git.run(repository, command, signal, { maxOutputBytes: MAX_BYTES });
    if (result.exitCode !== 0) throw gitFailure('reflog', result);
    return entriesOf(result.stdout, name);
  }

  private async ref(repository: Repository, name: string, signal: AbortSignal): Promise<string> {
    if (name === 'HEAD') return name;
    const [named] = await this.inspector.inspect(repository, [name], signal);
    if (named?.ref) return named.ref;
    throw new ServerError('revision_not_found', 'There is no ref of that name; git_show_ref lists them', {
      details: { revision: name },
    });
  }
}

/** With `-z` an empty field stands between the records. */
function entriesOf(output: string, name: string): readonly ReflogEntry[] {
  const fields = output.split('\0');
  const width = FIELDS.length + 1;
  return Array.from({ length: Math.floor(fields.length / width) }, (_, index) => {
    const record = fields.slice(index * width, (index + 1) * width);
    const [sha = '', selector = '', message = '', who = '', email = ''] = record;
    const [, at = '0', sign, hours = '0', minutes = '0'] = TIME.exec(selector) ?? [];
    const offset = Number(hours) * 60 + Number(minutes);
    return {
      name: `${name}@{${index}}`,
      sha,
      message,
      who: `${who} <${email}>`,
      at: Number(at),
      offsetMinutes: sign === '-' && offset > 0 ? -offset : offset,
    };
  });
}
