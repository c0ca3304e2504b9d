import { Injectable } from '@nestjs/common';

import { TreeLister } from '../inspect/tree.lister.js';
import { ObjectCache } from '../object-cache.js';
import { type Repository } from '../repository.js';
import { BlobReader } from '../secrets/blob.reader.js';
import { type ByteName } from '../work-tree/path-lists.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { type LfsPointer, parsePointer, POINTER_SIZES } from './pointer.js';

export interface LfsFile {
  readonly path: ByteName;
  readonly pointer: LfsPointer;
}

export interface LfsFiles {
  /** Id of the commit that the revision names, or of the tree where it names none. */
  readonly id: string;
  /** In git's order. */
  readonly files: readonly LfsFile[];
  /** The files that a partial clone does not have: any of them may be a pointer. */
  readonly missing: readonly ByteName[];
}

const FILE_BYTES = 400;

/** Which files of a commit are pointers. What they hold says so: attributes may have changed since. */
@Injectable()
export class LfsFilesReader {
  constructor(
    private readonly trees: TreeLister,
    private readonly blobs: BlobReader,
    private readonly cache: ObjectCache,
    private readonly state: RepositoryState,
  ) {}

  /**
   * @param place `path`: a folder or one file, `''` for all
   * @throws ServerError `revision_not_found`, `path_not_allowed`; `operation_failed` with `details.reason` `no-such-path`,
   *   `too-many-entries`
   */
  async list(
    repository: Repository,
    place: { readonly revision: string; readonly path: string },
    signal: AbortSignal,
  ): Promise<LfsFiles> {
    const { id, entries } = await this.trees.list(repository, { ...place, recursive: true }, signal);
    const key = `${repository.commonDir}\0lfs\0${id}\0${place.path}`;
    const known = this.cache.get<LfsFiles>(key);
    if (known) return known;
    const files = entries.filter(({ type }) => type === 'file' || type === 'executable');
    // git tells no size of any file where it lacks one.
    const isPartial = files.some(({ size }) => size === undefined);
    const elsewhere = new Set(isPartial ? await this.elsewhere(repository, id, signal) : []);
    const candidates = files.filter(({ sha, size }) => !elsewhere.has(sha) && isOfPointer(size));
    const ids = candidates.map(({ sha }) => sha);
    const { pointers, missing } = await this.pointers(repository, ids, signal);
    const found = candidates.flatMap(({ name: path, sha }) => {
      const pointer = pointers.get(sha);
      return pointer ? [{ path, pointer }] : [];
    });
    for (const sha of missing) elsewhere.add(sha);
    const lacking = files.filter(({ sha }) => elsewhere.has(sha)).map(({ name }) => name);
    const answer = { id, files: found, missing: lacking };
    if (lacking.length === 0) this.cache.set(key, answer, (found.length + 1) * FILE_BYTES);
    return answer;
  }

  /** The pointers among blobs, by the ids of these, and which blobs the repository does not have. */
  async pointers(
    repository: Repository,
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly pointers: ReadonlyMap<string, LfsPointer>; readonly missing: readonly string[] }> {
    const { texts, missing } = await this.blobs.textsOfSize(repository, ids, POINTER_SIZES, signal);
    const pointers = new Map<string, LfsPointer>();
    for (const [id, text] of texts) {
      const pointer = parsePointer(text);
      if (pointer) pointers.set(id, pointer);
    }
    return { pointers, missing };
  }

  /** The objects that only the remote of a partial clone has. */
  private async elsewhere(
    repository: Repository,
    id: string,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const options = ['--objects', '--missing=print', '--no-walk'];
    const lines = await this.state.lines(repository, { name: 'rev-list', options, revisions: [id] }, signal);
    return lines.filter((line) => line.startsWith('?')).map((line) => line.slice(1));
  }
}

function isOfPointer(size: number | undefined): boolean {
  return size === undefined || (size >= POINTER_SIZES.least && size <= POINTER_SIZES.most);
}
