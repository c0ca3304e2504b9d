import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { ObjectCache } from '../object-cache.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { isElsewhere, searchFailure } from './search-failure.js';
import { blobKey, type KeptBlob, TreeReader } from './tree.reader.js';

export interface FileAnswer {
  /** Id of the commit that the revision names. */
  readonly commit: string;
  /** Of a symbolic link the content is the path that it points to. */
  readonly type: 'file' | 'executable' | 'symlink';
  readonly sha: string;
  readonly content: Buffer;
}

/** Files as commits hold them, without any conversion of a work tree (line ends, filters). */
@Injectable()
export class FileReader {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly trees: TreeReader,
    private readonly cache: ObjectCache,
  ) {}

  /**
   * @param path relative to the top; text, or the bytes of a name that is no UTF-8
   * @returns `undefined` where the commit has no file of this path
   * @throws ServerError `revision_not_found`, `path_not_allowed`, `operation_failed` (with `details.size` where the
   *   file is larger than `maxBytes`), and what the runner of git throws
   */
  async file(
    repository: Repository,
    revision: string,
    path: string | Uint8Array,
    { maxBytes }: { readonly maxBytes: number },
    signal: AbortSignal,
  ): Promise<FileAnswer | undefined> {
    const found = await this.trees.file(repository, revision, path, signal);
    if (!found) return undefined;
    const { type, sha, size } = found.entry;
    if (type === 'folder' || type === 'submodule') return undefined;
    if (size !== undefined && size > maxBytes) throw tooLarge(size, maxBytes);
    const content = found.content ?? (await this.blob(repository, sha, maxBytes, signal));
    return { commit: found.commit, type, sha, content };
  }

  private async blob(
    repository: Repository,
    sha: string,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Buffer> {
    const key = blobKey(repository, sha);
    const known = this.cache.get<KeptBlob>(key);
    if (known) return known.content;
    const command = { name: 'cat-file', options: ['-p'], revisions: [sha] };
    const limits = { maxOutputBytes: maxBytes, rawOutput: true };
    const result = await this.git.run(repository, command, signal, limits);
    const { exitCode, stdout, truncated } = result;
    if (truncated) throw tooLarge(stdout.length, maxBytes);
    if (isElsewhere(result)) throw searchFailure('cat-file', result);
    if (exitCode !== 0) throw unreadable(exitCode);
    const content = Buffer.from(stdout, 'latin1');
    this.cache.set(key, { content } satisfies KeptBlob, content.length);
    return content;
  }
}

function tooLarge(size: number, maxBytes: number): ServerError {
  const message = 'The file is too large to be read at once; the limit is git.maxOutputBytes';
  return refused('too-large', message, { size, limit: maxBytes });
}

function unreadable(exitCode: number): ServerError {
  const message = 'git could not read the file; check that the repository is complete';
  return new ServerError('operation_failed', message, {
    details: { command: 'cat-file', exit_code: exitCode },
  });
}
