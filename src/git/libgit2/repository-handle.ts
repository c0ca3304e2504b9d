import { join } from 'node:path';

import nodegit, { type Odb, type Oid, type Repository, type Tree } from 'nodegit';

import { type ConfigValues } from './config-file.js';
import { entryCount, type IndexFacts, readIndexFacts } from './index-file.js';
import { parseRawCommit, type RawCommit } from './raw-commit.js';
import { readConfig } from './repository-config.js';
import { readRegularFile, readStart, signFile } from './small-file.js';
import { TrackedAttributes } from './tracked-attributes.js';
import { Unsuited } from './unsuited.error.js';
import { type RepositoryPlace } from './worker.protocol.js';

export const OBJECT_COMMIT = 1;
export const OBJECT_TREE = 2;
export const OBJECT_BLOB = 3;
export const OBJECT_TAG = 4;

const MAX_INDEX_BYTES = 64 * 2 ** 20;
/** Keys under `extensions` with which the repository still is one that libgit2 and git read alike. */
const KNOWN_EXTENSIONS = new Set(['objectformat', 'refstorage', 'worktreeconfig', 'noop']);

/** One opened repository with what was learned of it. Opening costs 0.4 ms, so it is kept while nothing it rests on changes. */
export class RepositoryHandle {
  private knownIndex: { readonly signature: string; readonly facts: IndexFacts } | undefined;
  private readonly attributes: TrackedAttributes;

  private constructor(
    readonly place: RepositoryPlace,
    readonly repository: Repository,
    readonly config: ConfigValues,
    private readonly odb: Odb,
  ) {
    this.attributes = new TrackedAttributes(place.gitDir, MAX_INDEX_BYTES);
  }

  /** @throws Unsuited where libgit2 would not take the repository for the one that the policy has let through */
  static async open(place: RepositoryPlace): Promise<RepositoryHandle> {
    const config = readConfig(place);
    for (const key of config.keys()) {
      if (key.startsWith('extensions.') && !KNOWN_EXTENSIONS.has(key.slice(11)))
        throw new Unsuited('extension');
    }
    if (config.has('core.worktree')) throw new Unsuited('core-worktree');
    const repository = await nodegit.Repository.openExt(place.gitDir, openFlags(place), '');
    if (!place.bare && repository.workdir() !== `${place.path}/`) throw new Unsuited('work-tree');
    return new RepositoryHandle(place, repository, config, await repository.odb());
  }

  /** What must stay the same for a handle to be used again: identity of the folder, configuration, other places of objects. */
  static signature({ gitDir, commonDir }: RepositoryPlace): string {
    return [
      join(commonDir, 'config'),
      join(gitDir, 'config.worktree'),
      join(commonDir, 'objects/info/alternates'),
      join(gitDir, 'commondir'),
      // Read when the repository is opened, and kept with the commits that were.
      join(commonDir, 'shallow'),
      join(commonDir, 'info/grafts'),
    ]
      .map(signFile)
      .join(' ');
  }

  oid(sha: string): Oid {
    return nodegit.Oid.fromString(sha);
  }

  async commit(sha: string): Promise<RawCommit> {
    return parseRawCommit(sha, (await this.object(sha, OBJECT_COMMIT)).toString('utf8'));
  }

  /** The content of a tree object. */
  async tree(sha: string): Promise<Buffer> {
    return this.object(sha, OBJECT_TREE);
  }

  async blob(sha: string): Promise<Buffer> {
    return this.object(sha, OBJECT_BLOB);
  }

  /** For what libgit2 does with a tree. */
  async treeObject(sha: string): Promise<Tree> {
    return nodegit.Tree.lookup(this.repository, this.oid(sha));
  }

  /** The tree that an object is or, as a commit, has. */
  async treeId(sha: string): Promise<string> {
    const object = await this.odb.read(this.oid(sha));
    return object.type() === OBJECT_TREE ? sha : (await this.commit(sha)).tree;
  }

  /** The commit that an object is or, as a tag, leads to. */
  async peel(sha: string): Promise<string> {
    let at = sha;
    for (let depth = 0; depth < 10; depth += 1) {
      const object = await this.odb.read(this.oid(at));
      if (object.type() === OBJECT_COMMIT) return at;
      if (object.type() !== OBJECT_TAG) break;
      at =
        /^object ([0-9a-f]{40})\n/.exec(object.data().toBuffer(object.size()).toString('latin1'))?.[1] ?? '';
    }
    throw new Unsuited('no-commit');
  }

  index(): IndexFacts {
    const path = join(this.place.gitDir, 'index');
    const signature = signFile(path);
    if (this.knownIndex?.signature === signature) return this.knownIndex.facts;
    const facts = readIndexFacts(readRegularFile(path, MAX_INDEX_BYTES));
    // Signed again: what was written in between is read again next time.
    if (signFile(path) === signature) this.knownIndex = { signature, facts };
    return facts;
  }

  /** How many files the index says it holds; does not read them. */
  trackedFiles(): number {
    const start = readStart(join(this.place.gitDir, 'index'), 12);
    return start === null ? 0 : entryCount(start);
  }

  trackedAttributes(): readonly string[] {
    return this.attributes.paths();
  }

  /** History that ends early: libgit2 and git differ in how they treat it. */
  requireWholeHistory(): void {
    for (const file of ['shallow', 'info/grafts']) {
      if (signFile(join(this.place.commonDir, file)) !== 'absent') throw new Unsuited('shallow');
    }
  }

  close(): void {
    this.repository.cleanup();
  }

  /** The content of an object of this type. */
  async object(sha: string, type: number): Promise<Buffer> {
    const object = await this.odb.read(this.oid(sha));
    if (object.type() !== type) throw new Unsuited('object-type');
    return object.data().toBuffer(object.size());
  }
}

// Nothing is searched for, and configuration of the machine and of the account stays out: FROM_ENV makes libgit2
// heed GIT_CONFIG_NOSYSTEM and GIT_CONFIG_GLOBAL, which the pool sets.
function openFlags({ bare }: RepositoryPlace): number {
  const noSearch = 1;
  const asBare = 4;
  const fromEnvironment = 16;
  return noSearch | fromEnvironment | (bare ? asBare : 0);
}
