import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { type Repository } from '../repository.js';

export interface TagDetails {
  readonly name: string;
  /** What the tag names; of an annotated one not the tag object, but what that names. */
  readonly sha: string;
  /** Mostly `commit`; `tree`, `blob` and `tag` are possible. */
  readonly type: string;
  readonly annotated: boolean;
  /** When it was made, or the commit of a lightweight one; whole seconds since 1970 UTC, `null` where git knows none. */
  readonly at: number | null;
  /** First line of the tag's message, or of the commit's. */
  readonly subject: string;
}

const FIELDS = [
  'refname:strip=2',
  'objectname',
  'objecttype',
  '*objectname',
  '*objecttype',
  'creatordate:unix',
  'contents:subject',
];
const FORMAT = `--format=${FIELDS.map((field) => `%(${field})`).join('%00')}`;
const MAX_LIST_BYTES = 64 * 2 ** 20;

@Injectable()
export class TagReader {
  constructor(@Inject(GIT_CLI) private readonly git: GitCli) {}

  /**
   * @returns all tags, the newest first
   * @throws ServerError `operation_failed` where git fails, and what the runner of git throws
   */
  async tags(repository: Repository, signal: AbortSignal): Promise<readonly TagDetails[]> {
    const options = [FORMAT, '--sort=refname', '--sort=-creatordate'];
    const command = { name: 'for-each-ref', options, revisions: ['refs/tags'] };
    const limits = { maxOutputBytes: MAX_LIST_BYTES };
    const { exitCode, stdout, truncated } = await this.git.run(repository, command, signal, limits);
    if (exitCode === 0 && !truncated) return stdout.split('\n').filter(Boolean).map(tagOf);
    const message = 'git could not list the tags; check that the repository is not damaged';
    const details = { command: command.name, exit_code: exitCode };
    throw new ServerError('operation_failed', message, { details });
  }
}

function tagOf(line: string): TagDetails {
  const [name = '', sha = '', type = '', target = '', targetType = '', at = '', ...subject] =
    line.split('\0');
  const annotated = target !== '';
  return {
    name,
    sha: annotated ? target : sha,
    type: annotated ? targetType : type,
    annotated,
    at: at === '' ? null : Number(at),
    subject: subject.join('\0'),
  };
}
