import { Injectable } from '@nestjs/common';

import { type FoundRef, namedRef } from '../libgit2/ref-files.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { ObjectCache } from '../object-cache.js';
import { type Repository } from '../repository.js';
import { CliReads, revisionNotFound } from './cli.reads.js';
import { isPlainRepository, Libgit2Reads } from './libgit2.reads.js';

const FULL_ID = /^[0-9a-f]{40}$/;
const MAX_LENGTH = 1_000;
/** Reading more packed refs than this is left to a worker: it would hold up the whole server. */
const MAX_PACKED_BYTES = 256 * 1024;

/**
 * From what a caller calls a commit to its id. Names are looked up on every call; that an id is a commit's is
 * remembered, since it never changes.
 */
@Injectable()
export class RevisionResolver {
  constructor(
    private readonly libgit2: Libgit2Reads,
    private readonly cli: CliReads,
    private readonly cache: ObjectCache,
  ) {}

  /**
   * @returns 40 (or 64) hex digits
   * @throws ServerError `revision_not_found` with `details.revision`, and whatever the engines throw
   */
  async resolve(repository: Repository, revision: string, signal: AbortSignal): Promise<string> {
    const [sha = ''] = await this.resolveAll(repository, [revision], signal);
    return sha;
  }

  /** The same for several, in their order. */
  async resolveAll(
    repository: Repository,
    revisions: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    for (const revision of revisions) if (isHostile(revision)) throw revisionNotFound(revision);
    const known = revisions.map((revision) => this.known(repository, revision));
    if (known.every((sha) => sha !== undefined)) return known;
    const found = (await this.libgit2.ask(repository, 'resolve', { revisions }, signal)) ?? [];
    return Promise.all(
      revisions.map(async (revision, index) => {
        const sha = found[index] ?? (await this.cli.resolve(repository, revision, signal));
        this.cache.set(commitKey(repository, sha), sha, sha.length);
        return sha;
      }),
    );
  }

  private known(repository: Repository, revision: string): string | undefined {
    if (!isPlainRepository(repository)) return undefined;
    const found = FULL_ID.test(revision) ? { name: '', sha: revision } : lookUp(repository, revision);
    if (!found) return undefined;
    return isBranch(found.name) || this.cache.has(commitKey(repository, found.sha)) ? found.sha : undefined;
  }
}

/** Git lets a branch point to nothing but a commit. */
function isBranch(ref: string): boolean {
  return ref === 'HEAD' || ref.startsWith('refs/heads/');
}

/** What no revision can be: it is refused before anything is run. */
function isHostile(revision: string): boolean {
  return (
    revision === '' ||
    revision.length > MAX_LENGTH ||
    revision.startsWith('-') ||
    // Control characters never stand in a name; in a search text (`:/text`) they have no business either.
    // oxlint-disable-next-line no-control-regex
    /[\u0000-\u001f\u007f]/.test(revision) ||
    /\p{Surrogate}/u.test(revision)
  );
}

function lookUp(repository: Repository, name: string): FoundRef | undefined {
  try {
    return namedRef(repository, name === '@' ? 'HEAD' : name, MAX_PACKED_BYTES) ?? undefined;
  } catch (error) {
    if (error instanceof Unsuited) return undefined;
    throw error;
  }
}

function commitKey({ commonDir }: Repository, sha: string): string {
  return `${commonDir}\0commit\0${sha}`;
}
