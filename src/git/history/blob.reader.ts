import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { ServerError } from '../../shared/errors/index.js';
import { GIT_CLI, type GitCli, type GitCommand, type GitResult } from '../git-cli.port.js';
import { ObjectCache } from '../object-cache.js';
import { isElsewhere, searchFailure } from '../reads/search-failure.js';
import { blobKey, type KeptBlob, TreeReader } from '../reads/tree.reader.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { workTreePath } from '../writes/work-tree-paths.js';

export interface FoundBlob {
  /** Id of the commit, where one was asked. */
  readonly commit?: string;
  readonly path?: string;
  readonly sha: string;
  /** Of a symbolic link the content is the path that it points to; a blob by its id is neither. */
  readonly type: 'file' | 'executable' | 'symlink' | 'blob';
  readonly bytes: number;
  /** Where it was read already. */
  readonly content?: Buffer;
}

/** More of one file is never read, wherever in it a range begins. */
export const MAX_READ_BYTES = 64 * 2 ** 20;

/** Contents of files as commits hold them. What fits is kept whole, by its id. */
@Injectable()
export class BlobReader {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly trees: TreeReader,
    private readonly cache: ObjectCache,
    private readonly config: GitConfig,
  ) {}

  /**
   * @throws ServerError `revision_not_found`; `path_not_allowed`; `operation_failed` with `details.reason` `no-such-path`,
   *   `is-folder`, `is-submodule` (and `details.sha`), `partial-clone`; and what the runner of git throws
   */
  async inCommit(
    repository: Repository,
    revision: string,
    path: string,
    signal: AbortSignal,
  ): Promise<FoundBlob> {
    const inside = workTreePath(repository.path, path);
    const found = inside === '.' ? undefined : await this.trees.file(repository, revision, inside, signal);
    if (inside === '.' || found?.entry.type === 'folder')
      throw refused('is-folder', 'The path is a folder; list it with git_ls_tree');
    if (!found)
      throw refused('no-such-path', 'The commit has no file of this path; list it with git_ls_tree');
    const { type, sha, size } = found.entry;
    if (type === 'submodule')
      throw refused('is-submodule', 'The path is a submodule; read it in its own repository', { sha });
    const bytes = size ?? (await this.size(repository, sha, signal));
    const { commit, content } = found;
    return { commit, path: inside, sha, type, bytes, ...(content && { content }) };
  }

  /** @param id full id of a blob. @throws ServerError `revision_not_found` where there is none */
  async byId(repository: Repository, id: string, signal: AbortSignal): Promise<FoundBlob> {
    const known = this.cache.get<KeptBlob>(blobKey(repository, id));
    if (known) return { sha: id, type: 'blob', bytes: known.content.length };
    const command = { name: 'cat-file', options: ['--batch-check'], stdin: `${id}\n` };
    const result = await this.run(repository, command, signal);
    const [, sha = '', bytes = ''] = /^([0-9a-f]+) blob (\d+)\n$/.exec(result.stdout) ?? [];
    if (sha !== '') return { sha, type: 'blob', bytes: Number(bytes) };
    const message = 'The repository has no blob of this id; give the full id of a file, or revision and path';
    throw new ServerError('revision_not_found', message);
  }

  /**
   * The first bytes of a blob, at least up to `end` where it has so many.
   *
   * @throws ServerError `operation_failed` with `details.reason` `too-large` beyond 64 MiB
   */
  async beginning(
    repository: Repository,
    { sha, bytes, content: already }: FoundBlob,
    end: number,
    signal: AbortSignal,
  ): Promise<Buffer> {
    if (already) return already;
    const key = blobKey(repository, sha);
    const known = this.cache.get<KeptBlob>(key);
    if (known) return known.content;
    const isSmall = bytes <= this.config.maxOutputBytes;
    const wanted = isSmall ? bytes : Math.min(bytes, end);
    if (wanted > MAX_READ_BYTES)
      throw refused('too-large', 'So far into a file this tool does not read; the limit is 64 MiB');
    const command = { name: 'cat-file', options: ['-p'], revisions: [sha] };
    const { stdout } = await this.run(repository, command, signal, Math.max(1, wanted));
    const content = Buffer.from(stdout, 'latin1');
    if (isSmall) this.cache.set(key, { content } satisfies KeptBlob, content.length);
    return content;
  }

  private async size(repository: Repository, sha: string, signal: AbortSignal): Promise<number> {
    const command = { name: 'cat-file', options: ['-s'], revisions: [sha] };
    return Number((await this.run(repository, command, signal)).stdout);
  }

  private async run(
    repository: Repository,
    command: GitCommand,
    signal: AbortSignal,
    maxOutputBytes = 1_000,
  ): Promise<GitResult> {
    const result = await this.git.run(repository, command, signal, { maxOutputBytes, rawOutput: true });
    if (result.exitCode === 0) return result;
    throw searchFailure('cat-file', isElsewhere(result) ? result : { ...result, truncated: false });
  }
}
