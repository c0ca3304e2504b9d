import { Injectable } from '@nestjs/common';

import { FEW_PACKED_BYTES, type FoundRef, namedRef } from '../libgit2/ref-files.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { revisionSteps } from '../libgit2/revision-steps.js';
import { ObjectCache } from '../object-cache.js';
import { type Ancestor, ancestorsHere } from '../objects/near-commits.js';
import { lookOnce } from '../paths/turn-locator.js';
import { type Repository } from '../repository.js';
import { CliReads, revisionNotFound } from './cli.reads.js';
import { hasWholeHistory } from './dependencies.js';
import { isPlainRepository, Libgit2Reads } from './libgit2.reads.js';

const FULL_ID = /^[0-9a-f]{40}$/;
/** An id and steps from it to ancestors: what this names never changes. */
const ADDRESSED_BY_ID = /^[0-9a-f]{40}(?:[~^]\d{0,4})*$/;
const ID_AND_STEPS = /^([0-9a-f]{40})((?:~\d{0,4}|\^\d?)*)$/;
const STEPS = /^([^~^]+)((?:[~^]\d{0,4})*)$/;
const MAX_LENGTH = 1_000;

/**
 * From what a caller calls a commit to its id. Names are looked up on every call; what is reached from an id is
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
    for (const revision of revisions)
      if (!FULL_ID.test(revision) && isHostile(revision)) throw revisionNotFound(revision);
    const names = revisions.map((revision) => this.settle(repository, revision));
    const remembered = names.map((name) => this.known(repository, name));
    const known = remembered.includes(undefined) ? this.near(repository, names, remembered) : remembered;
    if (known.every((sha) => sha !== undefined)) return known;
    const found = (await this.libgit2.ask(repository, 'resolve', { revisions: names }, signal)) ?? [];
    return Promise.all(
      names.map(async (name, index) => {
        const sha = found[index] ?? (await this.askGit(repository, name, revisions[index] ?? name, signal));
        this.remember(repository, name, sha);
        return sha;
      }),
    );
  }

  /**
   * What git can be asked about while the commit is looked up.
   *
   * @returns an id and steps from it, of a commit that may not exist; `undefined` where nothing would be gained or names may
   *   change their meaning meanwhile
   */
  early(repository: Repository, revision: string): string | undefined {
    if (isHostile(revision)) return undefined;
    const name = this.settle(repository, revision);
    return isLasting(repository, name) && this.known(repository, name) === undefined ? name : undefined;
  }

  private async askGit(repository: Repository, name: string, revision: string, signal: AbortSignal) {
    const sha = await this.cli.resolve(repository, name, signal);
    if (sha === undefined) throw revisionNotFound(revision);
    return sha;
  }

  /** Puts the id in the place of a name that can be looked up here: `HEAD~2` becomes the id of HEAD and `~2`. */
  private settle(repository: Repository, revision: string): string {
    if (FULL_ID.test(revision) || !isPlainRepository(repository)) return revision;
    const [, name = '', steps = ''] = STEPS.exec(revision) ?? [];
    if (name === '' || FULL_ID.test(name)) return revision;
    const found = lookUp(repository, name);
    return found ? `${found.sha}${steps}` : revision;
  }

  private known(repository: Repository, name: string): string | undefined {
    return isLasting(repository, name) ? this.cache.get<string>(keyOf(repository, name)) : undefined;
  }

  /** Whether there is a commit of an id is looked up here, and few steps from one are gone, for all names at once. */
  private near(
    repository: Repository,
    names: readonly string[],
    known: readonly (string | undefined)[],
  ): readonly (string | undefined)[] {
    if (!isPlainRepository(repository) || !hasWholeHistory(repository)) return known;
    const unknown = names.filter((name, index) => known[index] === undefined && ID_AND_STEPS.test(name));
    if (unknown.length === 0) return known;
    const found = lookOnce(repository, `commits ${unknown.join(' ')}`, () =>
      ancestorsHere(repository, unknown.map(ancestorOf)),
    );
    for (const [index, name] of unknown.entries()) {
      const sha = found[index];
      if (sha !== undefined) this.remember(repository, name, sha);
    }
    return names.map((name, index) => known[index] ?? found[unknown.indexOf(name)]);
  }

  private remember(repository: Repository, name: string, sha: string): void {
    const key = keyOf(repository, name);
    if (!this.cache.has(key) && isLasting(repository, name)) this.cache.set(key, sha, sha.length);
  }
}

/** What no revision can be: it is refused before anything is run. */
function isHostile(revision: string): boolean {
  return (
    revision === '' ||
    revision.length > MAX_LENGTH ||
    // What `^main` names is what to leave out.
    /^[-^]/.test(revision) ||
    // Control characters never stand in a name; in a search text (`:/text`) they have no business either.
    // oxlint-disable-next-line no-control-regex
    /[\u0000-\u001f\u007f]/.test(revision) ||
    /\p{Surrogate}/u.test(revision)
  );
}

/**
 * Whether a name always means the same: an id, or steps from one where no history grows. In a repository of SHA-256 as
 * many digits are a beginning of an id, or the name of a branch.
 */
function isLasting(repository: Repository, name: string): boolean {
  if (repository.objectFormat !== 'sha1') return false;
  return FULL_ID.test(name) || (ADDRESSED_BY_ID.test(name) && hasWholeHistory(repository));
}

function ancestorOf(name: string): Ancestor {
  const [, sha = '', steps = ''] = ID_AND_STEPS.exec(name) ?? [];
  return { sha, steps: revisionSteps(steps) };
}

function lookUp(repository: Repository, name: string): FoundRef | undefined {
  try {
    const full = name === '@' ? 'HEAD' : name;
    const found = lookOnce(repository, `ref ${full}`, () => namedRef(repository, full, FEW_PACKED_BYTES));
    return found ?? undefined;
  } catch (error) {
    if (error instanceof Unsuited) return undefined;
    throw error;
  }
}

function keyOf({ commonDir }: Repository, name: string): string {
  return `${commonDir}\0commit\0${name}`;
}
