import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { IndexListing } from '../inspect/index-listing.reader.js';
import { below, isBehindLink } from '../operations/file-moves.js';
import { entryKind, readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { BlobReader } from '../secrets/blob.reader.js';
import { type ByteName } from '../work-tree/path-lists.js';
import { lfsLines } from './attribute-lines.js';

const ATTRIBUTES = '.gitattributes';
const ATTRIBUTE_FILE = /(?:^|\/)\.gitattributes$/;
const MAX_FILES = 200;
const MAX_BYTES = 2 ** 20;

/** Whether a repository has to do with Git LFS at all: in most nothing has to be looked for. */
@Injectable()
export class LfsUse {
  constructor(
    private readonly listing: IndexListing,
    private readonly blobs: BlobReader,
  ) {}

  /**
   * Told by the store, by the attributes of git's folder and of the work tree, and by those at the top of what is named.
   *
   * @param elsewhere commits that need not be checked out
   */
  async isLikely(
    repository: Repository,
    elsewhere: readonly string[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { commonDir } = repository;
    if (entryKind(join(commonDir, 'lfs')) !== 'absent') return true;
    if (isOfLfs(readSmallFile(join(commonDir, 'info', 'attributes')))) return true;
    if (!repository.bare && (await this.isInWorkTree(repository, signal))) return true;
    const names = elsewhere.map((revision) => `${revision}:${ATTRIBUTES}`);
    const { texts } = await this.blobs.texts(repository, names, MAX_BYTES, signal);
    return [...texts.values()].some(isOfLfs);
  }

  private async isInWorkTree(repository: Repository, signal: AbortSignal): Promise<boolean> {
    if (isOfLfs(textOf(repository, ATTRIBUTES))) return true;
    const tracked = await this.listing.list(repository, 'tracked', [], signal);
    return tracked
      .filter(({ path }) => ATTRIBUTE_FILE.test(path))
      .slice(0, MAX_FILES)
      .some(({ path }) => isOfLfs(textOf(repository, path)));
  }
}

function textOf({ path: workTree }: Repository, file: ByteName): string | undefined {
  return isBehindLink(workTree, file) ? undefined : readSmallFile(below(workTree, file));
}

function isOfLfs(text: string | undefined): boolean {
  return text !== undefined && lfsLines(text).length > 0;
}
