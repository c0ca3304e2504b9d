import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readlink } from 'node:fs/promises';

import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { below, isBehindLink, statOf } from './file-moves.js';
import { type Facts } from './snapshot.js';

const CHANGED = ['-z', '--modified', '--deleted', '--others', '--exclude-standard', '--deduplicate'];
const IGNORED = ['-z', '--others', '--ignored', '--exclude-standard'];
const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Contents of files by the ids that they have as blobs. */
export type Contents = ReadonlyMap<string, Buffer>;

export interface WorkTreeFiles {
  readonly files: Facts;
  readonly contents: Contents;
}

/** Reads what of the work tree is in no commit and in no index. */
@Injectable()
export class WorkTreeReader {
  constructor(
    private readonly state: RepositoryState,
    private readonly config: GitConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @param index entries of the index; unmerged ones have no file that is as the index has it
   * @param sparse whether files are absent where their entry says skip-worktree
   * @throws ServerError `operation_failed` with `details.reason: 'too-large'` beyond `git.operations.maxSnapshotBytes`, and
   *   beyond `maxIgnoredFiles` or `ignoredFilesTimeout` where ignored files are read; `'unreadable'` of a file that this user
   *   may not read
   */
  async read(
    repository: Repository,
    index: Facts,
    { ignored, sparse }: { readonly ignored: boolean; readonly sparse: boolean },
    signal: AbortSignal,
  ): Promise<WorkTreeFiles> {
    const list = (options: readonly string[]) =>
      this.state.list(repository, { name: 'ls-files', options }, signal, { rawOutput: true });
    const [changed, beside] = await Promise.all([list(CHANGED), ignored ? list(IGNORED) : []]);
    const { maxIgnoredFiles, ignoredFilesTimeout } = this.config.operations;
    if (beside.length > maxIgnoredFiles) throw tooLarge();
    const untilMs = ignored ? this.clock.monotonicMs() + ignoredFilesTimeout : Infinity;
    // Files that git does not look at, or that are of no single entry.
    const known = sparse ? /^\d+ \w+ 0[is]*$/ : /^\d+ \w+ 0i?$/;
    const others = [...index].filter(([, entry]) => !known.test(entry)).map(([path]) => path);
    const paths = [...new Set([...changed, ...others, ...beside])].filter((path) => !path.endsWith('/'));
    return this.readAll(repository, paths, index, untilMs);
  }

  /** As `read`, of these paths only, whether they differ from the index or not. Absent ones are `absent`. */
  async readAll(
    repository: Repository,
    paths: readonly string[],
    index: Facts,
    untilMs = Infinity,
  ): Promise<WorkTreeFiles> {
    const files = new Map<string, string>();
    const contents = new Map<string, Buffer>();
    let left = this.config.operations.maxSnapshotBytes;
    for (const path of paths) {
      const found = await readEntry(below(repository.path, path), left).catch(refuseUnreadable);
      if (found === 'too-large' || this.clock.monotonicMs() > untilMs) throw tooLarge();
      if (found !== undefined) {
        const id = blobId(found.content, repository.objectFormat);
        left -= found.content.length;
        files.set(path, `${found.mode.toString(8)} ${id}`);
        contents.set(id, found.content);
      } else if (index.has(path)) files.set(path, 'absent');
    }
    return { files, contents };
  }
}

/** The value of what is no file. */
export const FOLDER = 'folder';

/**
 * What is at a path of bytes, whatever the index says: `<mode> <id>` as in `Snapshot.files`, `folder`, or `null` where
 * there is nothing that the work tree itself has.
 */
export async function fileValue(
  root: string,
  path: string,
  format: Repository['objectFormat'],
): Promise<string | null> {
  const stat = statOf(below(root, path));
  if (stat === undefined || isBehindLink(root, path)) return null;
  if (stat.isDirectory()) return FOLDER;
  const mode = stat.mode.toString(8);
  if (stat.isSymbolicLink()) {
    const target = await readlink(below(root, path), { encoding: 'buffer' });
    return `${mode} ${blobId(target, format)}`;
  }
  return stat.isFile() ? `${mode} ${await fileId(below(root, path), stat.size, format)}` : null;
}

async function fileId(path: Buffer, size: number, format: Repository['objectFormat']): Promise<string> {
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const hash = createHash(format).update(`blob ${size}\0`);
  for await (const chunk of file.createReadStream()) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function blobId(content: Buffer, format: 'sha1' | 'sha256'): string {
  return createHash(format).update(`blob ${content.length}\0`).update(content).digest('hex');
}

async function readEntry(
  path: Buffer,
  most: number,
): Promise<{ mode: number; content: Buffer } | 'too-large' | undefined> {
  const stat = statOf(path);
  if (stat?.isSymbolicLink())
    return { mode: stat.mode, content: await readlink(path, { encoding: 'buffer' }) };
  if (!stat?.isFile()) return undefined;
  if (stat.size > most) return 'too-large';
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    return { mode: stat.mode, content: await file.readFile() };
  } finally {
    await file.close();
  }
}

/** git asks for no more than to put a file in its place or take it away. */
function refuseUnreadable(error: unknown): never {
  const { code } = { ...(error as Partial<NodeJS.ErrnoException>) };
  if (code !== 'EACCES' && code !== 'EPERM') throw error;
  const message =
    'A changed or ignored file of the work tree may not be read by the server, so the files are not kept';
  throw refused('unreadable', message);
}

function tooLarge(): ServerError {
  const message =
    'The changed and ignored files of the work tree are more than git.operations lets an operation keep, so they are not kept';
  return refused('too-large', message);
}
