import { join } from 'node:path';

import { MAX_ATTRIBUTE_FILES } from '../libgit2/attribute-files.js';
import { type ConfigValues } from '../libgit2/config-file.js';
import { parseRawCommit, type RawCommit } from '../libgit2/raw-commit.js';
import { readConfig } from '../libgit2/repository-config.js';
import { TrackedAttributes } from '../libgit2/tracked-attributes.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { type RepositoryPlace } from '../libgit2/worker.protocol.js';
import { ObjectReader, type ReadLimits } from './object.reader.js';
import { type ObjectType, type StoredObject } from './pack.js';

export const OF_THE_SERVER: ReadLimits = { maxBytes: 64 * 1024, maxMs: 5 };
/** What is given up half-way, V8 never compiles: the first questions of a process may take longer. */
const COLD_MS = 25;
const COLD_QUESTIONS = 32;
/** At some 30 µs each: where it takes more, a worker is to read them. */
const MAX_OBJECTS = 64;
/** The server does nothing else while it compares them. */
const MAX_TREE_BYTES = 256 * 1024;
/** The server does nothing else while it reads one. */
const MAX_INDEX_BYTES = 8 * 2 ** 20;
const MAX_KEPT = 64;
const attributes = new Map<string, TrackedAttributes>();
let asked = 0;

/** Few and small objects of a repository, read in this process: what a worker tells of its own handle. */
export class NearObjects {
  readonly config: ConfigValues;
  readonly maxTreeBytes = MAX_TREE_BYTES;
  private readonly reader: ObjectReader;
  /** By id, for as long as one question takes. */
  private readonly known = new Map<string, StoredObject>();

  /** @throws Unsuited where the configuration is not simply to be read */
  constructor(
    readonly place: RepositoryPlace,
    limits: ReadLimits,
  ) {
    this.config = readConfig(place);
    asked += 1;
    const maxMs = asked <= COLD_QUESTIONS ? Math.max(COLD_MS, limits.maxMs) : limits.maxMs;
    this.reader = new ObjectReader(join(place.commonDir, 'objects'), { ...limits, maxMs });
  }

  trackedAttributes(): readonly string[] {
    const { gitDir } = this.place;
    const known = attributes.get(gitDir) ?? new TrackedAttributes(gitDir, MAX_INDEX_BYTES);
    attributes.delete(gitDir);
    attributes.set(gitDir, known);
    const oldest = attributes.keys().next();
    if (attributes.size > MAX_KEPT && !oldest.done) attributes.delete(oldest.value);
    const paths = known.paths();
    // Each is looked for in the work tree.
    if (paths.length > MAX_ATTRIBUTE_FILES) throw new Unsuited('many-attributes');
    return paths;
  }

  async commit(sha: string): Promise<RawCommit> {
    const data = this.read(sha, 'commit');
    // git ends the text of a commit at its first NUL.
    if (data.includes(0)) throw new Unsuited('odd-commit');
    return parseRawCommit(sha, data.toString('utf8'));
  }

  async tree(sha: string): Promise<Buffer> {
    return this.read(sha, 'tree');
  }

  async blob(sha: string): Promise<Buffer> {
    return this.read(sha, 'blob');
  }

  close(): void {
    this.reader.close();
  }

  private read(sha: string, wanted: ObjectType): Buffer {
    const { type, data } = this.known.get(sha) ?? this.readFirst(sha);
    if (type !== wanted) throw new Unsuited('object-type');
    return data;
  }

  private readFirst(sha: string): StoredObject {
    if (this.known.size >= MAX_OBJECTS) throw new Unsuited('many-objects');
    const object = this.reader.read(sha);
    this.known.set(sha, object);
    return object;
  }
}

/** An answer, or why this process is not to read what is asked for. */
export type NearOutcome<T> = { readonly answer: T } | { readonly unsuited: string };

export async function nearObjects<T>(
  place: RepositoryPlace,
  use: (objects: NearObjects) => Promise<T>,
  limits = OF_THE_SERVER,
): Promise<NearOutcome<T>> {
  let objects: NearObjects | undefined;
  try {
    objects = new NearObjects(place, limits);
    return { answer: await use(objects) };
  } catch (error) {
    if (error instanceof Unsuited) return { unsuited: error.reason };
    throw error;
  } finally {
    objects?.close();
  }
}
