import { createHash, hash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { readRegularFile } from '../libgit2/small-file.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { upTo } from './inflate.js';
import { type ObjectType, Pack, type StoredObject } from './pack.js';

/** Each would have to be asked. git and libgit2 keep what they learn of packs, this does not. */
const MAX_PACKS = 16;
const MAX_LOOSE_HEAD = 32;
const ID = /^[0-9a-f]{40}$/;
const LOOSE_HEAD = /^(commit|tree|blob|tag) (\d{1,10})$/;

export interface ReadLimits {
  /** Of one object, inflated. */
  readonly maxBytes: number;
  /** The server does nothing else meanwhile. */
  readonly maxMs: number;
}

/**
 * Reads objects in this process, in a part of a millisecond: for what takes few and small ones, asking a worker takes
 * longer than the reading. What it does not know how to read, or should not, is `Unsuited`: alternates, damaged or large
 * objects, many packs, a slow disk.
 */
export class ObjectReader {
  private readonly deadline: number;
  private packs: Pack[] | undefined;

  /** @param folder `objects` of the repository */
  constructor(
    private readonly folder: string,
    private readonly limits: ReadLimits,
  ) {
    this.deadline = performance.now() + limits.maxMs;
  }

  /** @throws Unsuited, also for what is no id */
  read(sha: string): StoredObject {
    if (performance.now() > this.deadline) throw new Unsuited('slow-disk');
    // The header of a commit may have anything in its place.
    if (!ID.test(sha)) throw new Unsuited('odd-id');
    const found = this.packed(sha) ?? this.loose(sha);
    if (idOf(found) !== sha) throw new Unsuited('odd-object');
    return found;
  }

  close(): void {
    for (const pack of this.packs ?? []) pack.close();
    this.packs = [];
  }

  private packed(sha: string): StoredObject | undefined {
    const id = Buffer.from(sha, 'hex');
    const packs = (this.packs ??= this.openPacks());
    for (const [at, pack] of packs.entries()) {
      const found = pack.read(id, this.deadline);
      if (found === undefined) continue;
      // The next one is likely to be where this one was.
      if (at > 0) packs.unshift(...packs.splice(at, 1));
      return found;
    }
    return undefined;
  }

  private openPacks(): Pack[] {
    const folder = join(this.folder, 'pack');
    const names = namesIn(folder).filter((name) => name.endsWith('.idx'));
    if (names.length > MAX_PACKS) throw new Unsuited('many-packs');
    const opened: Pack[] = [];
    try {
      for (const name of names) opened.push(new Pack(join(folder, name.slice(0, -4)), this.limits.maxBytes));
      return opened;
    } catch (error) {
      for (const pack of opened) pack.close();
      throw error;
    }
  }

  private loose(sha: string): StoredObject {
    const bytes = readRegularFile(join(this.folder, sha.slice(0, 2), sha.slice(2)), this.limits.maxBytes);
    if (bytes === null) throw new Unsuited('not-here');
    const content = upTo(bytes, this.limits.maxBytes + MAX_LOOSE_HEAD);
    const end = content.indexOf(0);
    const [, type, size] = LOOSE_HEAD.exec(content.toString('latin1', 0, Math.max(0, end))) ?? [];
    const data = content.subarray(end + 1);
    if (type === undefined || data.length !== Number(size)) throw new Unsuited('odd-object');
    return { type: type as ObjectType, data };
  }
}

/** In one piece a hash is made in a third of the time. */
const SMALL_BYTES = 8 * 1024;
const MAX_HEAD_BYTES = 32;
const piece = Buffer.alloc(MAX_HEAD_BYTES + SMALL_BYTES);

/** An index that is damaged, or made so, could lead to another object. */
function idOf({ type, data }: StoredObject): string {
  const head = `${type} ${data.length}\0`;
  if (data.length > SMALL_BYTES) return createHash('sha1').update(head).update(data).digest('hex');
  const start = piece.write(head, 'latin1');
  return hash('sha1', piece.subarray(0, start + data.copy(piece, start)), 'hex');
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
