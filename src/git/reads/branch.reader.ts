import { Injectable } from '@nestjs/common';

import { type BranchInfo, type BranchQuery } from '../git-reads.port.js';
import { listBranches } from '../libgit2/branch-list.js';
import { readConfig } from '../libgit2/repository-config.js';
import { FEW_PACKED_BYTES } from '../libgit2/ref-files.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { type BranchList, type RefEntry, type WorkerOperations } from '../libgit2/worker.protocol.js';
import { ObjectCache } from '../object-cache.js';
import { subjectsHere } from '../objects/near-commits.js';
import { lookOnce } from '../paths/turn-locator.js';
import { type Repository } from '../repository.js';
import { branchInfo } from './branches-output.parser.js';
import { CliReads } from './cli.reads.js';
import { hasWholeHistory } from './dependencies.js';
import { isPlainRepository, Libgit2Reads } from './libgit2.reads.js';
import { RevisionResolver } from './revision.resolver.js';

const CHARACTER_BYTES = 2;
const CONTAINS = 'contains';
const LACKS = 'lacks';
const FLAG_BYTES = 16;

/** The list that was made last, and all that it was made of but what commits say for ever. */
interface KeptBranches {
  readonly state: string;
  readonly branches: readonly BranchInfo[];
}

type Reach = typeof CONTAINS | typeof LACKS;
/** More than this would hold up the whole server, and is left to a worker. */
const HERE = { maxLoose: 64, maxPackedBytes: FEW_PACKED_BYTES };

/**
 * Lists branches. Where they point is read each time; what the commits there are about is remembered, and where nothing
 * has moved the very same list is given again.
 */
@Injectable()
export class BranchReader {
  constructor(
    private readonly libgit2: Libgit2Reads,
    private readonly cli: CliReads,
    private readonly cache: ObjectCache,
    private readonly revisions: RevisionResolver,
  ) {}

  async branches(
    repository: Repository,
    query: BranchQuery,
    signal: AbortSignal,
  ): Promise<readonly BranchInfo[]> {
    const kinds = { local: query.type !== 'remote', remote: query.type !== 'local' };
    const [contains, notContains, merged, notMerged] = await Promise.all(
      [query.contains, query.notContains, query.merged, query.notMerged].map((revision) =>
        this.idOf(repository, revision, signal),
      ),
    );
    const { pattern, order, tracking } = query;
    const asked = { contains, notContains, merged, notMerged, pattern, order, tracking };
    const filters = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
    // What is merged, patterns and orders are git's own.
    const plain = Object.keys(filters).every((name) => name === 'contains' || name === 'notContains');
    const fast = plain ? await this.fast(repository, kinds, { contains, notContains }, signal) : undefined;
    return fast ?? this.cli.branches(repository, { ...kinds, ...filters }, signal);
  }

  private async fast(
    repository: Repository,
    kinds: WorkerOperations['branches']['args'],
    { contains, notContains }: { contains: string | undefined; notContains: string | undefined },
    signal: AbortSignal,
  ): Promise<readonly BranchInfo[] | undefined> {
    const list =
      listHere(repository, kinds) ?? (await this.libgit2.ask(repository, 'branches', kinds, signal));
    const within = list && (await this.reaching(repository, list.refs, contains, CONTAINS, signal));
    const refs = within && (await this.reaching(repository, within, notContains, LACKS, signal));
    if (!refs) return undefined;
    const { commonDir, gitDir } = repository;
    const key = [commonDir, 'branches', gitDir, JSON.stringify([kinds, contains, notContains])].join('\0');
    const listed = { current: list.current, refs };
    // Who asks the same in this turn is given the very same list.
    const here = lookOnce(repository, key, () => this.describedHere(repository, listed, key));
    return here ?? this.described(repository, listed, key, signal);
  }

  /** @returns `undefined` where a worker is to tell what the commits are about */
  private describedHere(
    repository: Repository,
    list: BranchList,
    key: string,
  ): readonly BranchInfo[] | undefined {
    const state = stateOf(list);
    const kept = this.cache.get<KeptBranches>(key);
    if (kept?.state === state) return kept.branches;
    const { subjects, unknown } = this.remembered(repository, list.refs);
    if (unknown.length > 0) {
      const read = isPlainRepository(repository) ? subjectsHere(repository, unknown) : undefined;
      if (!read) return undefined;
      this.remember(repository, subjects, unknown, read);
    }
    return this.keep(key, { ...list, state }, subjects);
  }

  private async described(
    repository: Repository,
    list: BranchList,
    key: string,
    signal: AbortSignal,
  ): Promise<readonly BranchInfo[] | undefined> {
    const { subjects, unknown } = this.remembered(repository, list.refs);
    if (unknown.length > 0) {
      const read = await this.libgit2.ask(repository, 'commits', { shas: unknown }, signal);
      if (!read) return undefined;
      this.remember(repository, subjects, unknown, read);
    }
    return this.keep(key, { ...list, state: stateOf(list) }, subjects);
  }

  private keep(
    key: string,
    { current, refs, state }: BranchList & { readonly state: string },
    subjects: ReadonlyMap<string, string>,
  ): readonly BranchInfo[] {
    const branches = refs.map(({ ref, sha, upstream }) =>
      branchInfo(ref, sha, { subject: subjects.get(sha) ?? '', current: ref === current, upstream }),
    );
    // The list says the same as the state, and with subjects that are counted where they are kept.
    this.cache.set(key, { state, branches }, 2 * state.length * CHARACTER_BYTES);
    return branches;
  }

  /** Those that contain a commit (or that do not); whether one commit is an ancestor of another never changes. */
  private async reaching(
    repository: Repository,
    refs: readonly RefEntry[],
    sha: string | undefined,
    wanted: Reach,
    signal: AbortSignal,
  ): Promise<readonly RefEntry[] | undefined> {
    if (sha === undefined) return refs;
    if (!hasWholeHistory(repository)) return undefined;
    const key = (tip: string) => `${repository.commonDir}\0contains\0${sha}\0${tip}`;
    const known = new Map(tipsOf(refs).map((tip) => [tip, this.cache.get<string>(key(tip))]));
    const tips = [...known.keys()].filter((tip) => known.get(tip) === undefined);
    if (tips.length > 0) {
      const found = await this.libgit2.ask(repository, 'containing', { tips, sha }, signal);
      if (!found) return undefined;
      const reaching = new Set(found);
      for (const tip of tips) {
        const answer = reaching.has(tip) ? CONTAINS : LACKS;
        known.set(tip, answer);
        this.cache.set(key(tip), answer, FLAG_BYTES);
      }
    }
    return refs.filter(({ sha: tip }) => known.get(tip) === wanted);
  }

  /** What the commits of the branches are about, as far as it is known, and the ids of the others. */
  private remembered(
    repository: Repository,
    refs: readonly RefEntry[],
  ): { readonly subjects: Map<string, string>; readonly unknown: readonly string[] } {
    const subjects = new Map<string, string>();
    const unknown: string[] = [];
    for (const sha of tipsOf(refs)) {
      const subject = this.cache.get<string>(subjectKey(repository, sha));
      if (subject === undefined) unknown.push(sha);
      else subjects.set(sha, subject);
    }
    return { subjects, unknown };
  }

  private remember(
    repository: Repository,
    subjects: Map<string, string>,
    shas: readonly string[],
    read: readonly string[],
  ): void {
    for (const [index, sha] of shas.entries()) {
      const subject = read[index] ?? '';
      subjects.set(sha, subject);
      this.cache.set(subjectKey(repository, sha), subject, subject.length * CHARACTER_BYTES);
    }
  }

  private async idOf(repository: Repository, revision: string | undefined, signal: AbortSignal) {
    return revision === undefined ? undefined : this.revisions.resolve(repository, revision, signal);
  }
}

function stateOf({ current, refs }: BranchList): string {
  return JSON.stringify([current, refs]);
}

function subjectKey({ commonDir }: Repository, sha: string): string {
  return `${commonDir}\0subject\0${sha}`;
}

/** Each once: many branches may point to one commit. */
function tipsOf(refs: readonly RefEntry[]): readonly string[] {
  return [...new Set(refs.map(({ sha }) => sha))];
}

/** Reading few files here costs less than asking a worker to. */
function listHere(
  repository: Repository,
  kinds: WorkerOperations['branches']['args'],
): BranchList | undefined {
  if (!isPlainRepository(repository)) return undefined;
  try {
    return lookOnce(repository, `branches ${kinds.local} ${kinds.remote}`, () =>
      listBranches(repository, readConfig(repository), kinds, HERE),
    );
  } catch (error) {
    if (error instanceof Unsuited) return undefined;
    throw error;
  }
}
