import { randomUUID } from 'node:crypto';
import { constants, createWriteStream, lstatSync } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

import { Injectable } from '@nestjs/common';

import { below } from '../../operations/file-moves.js';
import { readIndexEntries } from '../../operations/index-entries.js';
import { indexCommands, REFRESH } from '../../operations/index-writer.js';
import { refused } from '../../refusal.js';
import { type Repository } from '../../repository.js';
import { type ByteName } from '../../work-tree/path-lists.js';
import { UNINTERRUPTED } from '../../writes/uninterrupted.js';
import { WriteCommands } from '../../writes/write-commands.service.js';
import { isWrongContent } from '../content-check.js';
import { fileState } from '../file-states.js';
import { LfsAttributes } from '../lfs-attributes.reader.js';
import { type LfsFile } from '../lfs-files.reader.js';
import { discard, isStored, readStored } from '../lfs-store.js';
import { temporaryFile } from '../lfs-store.writer.js';
import { eachObject, type LfsFailure } from './each-object.js';

export interface LfsPlaced {
  readonly placed: readonly LfsFile[];
  readonly failed: readonly LfsFailure[];
}

/** Not in conflict, and more than an intent to add. */
const OF_ONE_FILE = /^\d+ [0-9a-f]+ 0[vs]*$/;

/** Puts content where the work tree has only its pointer. The caller holds the writer lock. */
@Injectable()
export class LfsContentWriter {
  constructor(
    private readonly attributes: LfsAttributes,
    private readonly commands: WriteCommands,
  ) {}

  /** The files that are unchanged pointers, and that the attributes hand to Git LFS. What is absent or was changed is left. */
  pointers(
    repository: Repository,
    files: readonly LfsFile[],
    signal: AbortSignal,
  ): Promise<readonly LfsFile[]> {
    return this.attributes.filtered(
      repository,
      files.filter((file) => isPointer(repository, file)),
      signal,
    );
  }

  /**
   * @param files as `pointers` names them; those whose content is not stored are left
   * @param filterRuns git finds the files unchanged then, once it has looked at them again
   */
  async place(
    repository: Repository,
    files: readonly LfsFile[],
    filterRuns: boolean,
    signal: AbortSignal,
  ): Promise<LfsPlaced> {
    const stored = files.filter(({ pointer }) => isStored(repository, pointer));
    const failed = await eachObject(stored, (file, aborted) => put(repository, file, aborted), signal);
    const without = new Set(failed.map(({ file }) => file));
    const placed = stored.filter((file) => !without.has(file));
    if (filterRuns && placed.length > 0) await this.noteUnchanged(repository, placed);
    return { placed, failed };
  }

  /**
   * A file of another size than the index has noted is modified for git, which then runs no filter to find out. So the
   * entries are made anew: of those the size is not known.
   */
  private async noteUnchanged(repository: Repository, files: readonly LfsFile[]): Promise<void> {
    const entries = entriesOf(repository);
    const changes = files.flatMap(({ path: name }) => {
      const entry = entries.get(name);
      return entry !== undefined && OF_ONE_FILE.test(entry) ? [{ name, from: entry, to: entry }] : [];
    });
    for (const command of indexCommands(repository, changes)) {
      await this.commands.must(repository, command, UNINTERRUPTED);
    }
    await this.commands.run(repository, REFRESH, UNINTERRUPTED);
  }
}

/** None of an index that only git can read: then git finds the files modified until they are staged. */
function entriesOf(repository: Repository): ReadonlyMap<ByteName, string> {
  try {
    return readIndexEntries(repository);
  } catch {
    return new Map();
  }
}

function isPointer(repository: Repository, { path, pointer }: LfsFile): boolean {
  return fileState(repository, path, pointer) === 'pointer';
}

async function put(repository: Repository, file: LfsFile, signal: AbortSignal): Promise<void> {
  const { path, pointer } = file;
  if (pointer.extended) {
    const message =
      'An extension changed the content on its way into the store; only git-lfs with it can read that';
    throw refused('extension', message);
  }
  const target = below(repository.path, path);
  const temporary = temporaryFile(repository, pointer.oid);
  try {
    const mode = lstatSync(target).mode & 0o777;
    const copy = createWriteStream(temporary, { flags: 'wx', mode });
    await pipeline(readStored(repository, pointer), copy, { signal });
    if (!isPointer(repository, file)) {
      throw refused('changed-meanwhile', 'Another program changed the file meanwhile');
    }
    await moveOver(temporary, target);
  } catch (error) {
    if (!isWrongContent(error)) throw error;
    // Nobody can use it, and it would keep the right content from being fetched.
    await discard(repository, pointer);
    const message =
      'The store had something else under the name of the content, which was removed; call again to fetch it';
    throw refused('wrong-content', message);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function moveOver(temporary: string, target: Buffer): Promise<void> {
  await rename(temporary, target).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV') throw error;
    // A linked work tree may be on another file system than git's folder.
    const beside = Buffer.concat([target, Buffer.from(`.mcp-git-${randomUUID()}`)]);
    try {
      await copyFile(temporary, beside, constants.COPYFILE_EXCL);
      await rename(beside, target);
    } finally {
      await rm(beside, { force: true });
    }
  });
}
