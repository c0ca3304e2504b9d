import { Inject, Injectable } from '@nestjs/common';

import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { FEW_PACKED_BYTES, namedRef } from '../libgit2/ref-files.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { CliReads } from '../reads/cli.reads.js';
import { isPlainRepository } from '../reads/libgit2.reads.js';
import { type Repository } from '../repository.js';
import { RefLister } from './ref.lister.js';

export interface NamedObject {
  readonly revision: string;
  /** `null` where it names nothing, or could name several objects. */
  readonly sha: string | null;
  /** `commit`, `tag`, `tree` or `blob`. */
  readonly type: string | null;
  /** The full name of the ref that the revision is a name of. */
  readonly ref: string | null;
  readonly ambiguous: boolean;
}

const FOUND = /^([0-9a-f]{40,64}) (commit|tag|tree|blob)$/;
/** Where git looks for a name, in this order: gitrevisions(7). */
const PLACES = ['', 'refs/', 'refs/tags/', 'refs/heads/', 'refs/remotes/'];
const REF_NAME = /^[^\s~^:?*[\\@-][^\s~^:?*[\\@]*$/;

/** Says what revisions name. */
@Injectable()
export class RevisionInspector {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly refs: RefLister,
    private readonly cli: CliReads,
  ) {}

  /** @param revisions anything of gitrevisions(7) that names one object; one that names none has `sha: null` */
  async inspect(
    repository: Repository,
    revisions: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly NamedObject[]> {
    const here = new Map(revisions.map((revision) => [revision, branchHere(repository, revision)]));
    const rest = revisions.filter((revision) => here.get(revision) === undefined);
    const found = rest.length === 0 ? [] : await this.ask(repository, rest, signal);
    const asked = new Map(found.map((one) => [one.revision, one]));
    return revisions.flatMap((revision) => here.get(revision) ?? asked.get(revision) ?? []);
  }

  private async ask(
    repository: Repository,
    revisions: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly NamedObject[]> {
    const asked = await Promise.all(revisions.map((revision) => this.question(repository, revision, signal)));
    const [answers, names] = await Promise.all([
      this.objects(repository, asked, signal),
      this.refNames(repository, asked, signal),
    ]);
    return revisions.map((revision, index) => {
      const answer = answers[index] ?? '';
      const [, sha = null, type = null] = FOUND.exec(answer) ?? [];
      const ref = sha === null ? null : (names.get(revision) ?? null);
      return { revision, sha, type, ref, ambiguous: answer.endsWith(' ambiguous') };
    });
  }

  /** As `cat-file` takes it. A line is a question: what holds the end of one names nothing. */
  private async question(repository: Repository, revision: string, signal: AbortSignal): Promise<string> {
    if (/[\n\r]/.test(revision)) return '';
    // It knows no search by text.
    return revision.startsWith(':/')
      ? ((await this.cli.resolve(repository, revision, signal)) ?? '')
      : revision;
  }

  private async objects(
    repository: Repository,
    revisions: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const command = {
      name: 'cat-file',
      options: ['--batch-check=%(objectname) %(objecttype)'],
      stdin: `${revisions.join('\n')}\n`,
    };
    const result = await this.git.run(repository, command, signal);
    if (result.exitCode !== 0) throw gitFailure(command.name, result);
    return result.stdout.split('\n');
  }

  /** The refs that the names mean, without the process where nothing looks like a name. */
  private async refNames(
    repository: Repository,
    revisions: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>> {
    const names = [...new Set(revisions)].filter((name) => REF_NAME.test(name) && name !== 'HEAD');
    if (names.length === 0) return new Map();
    const wanted = names.flatMap(places).filter((place) => place.startsWith('refs/'));
    const found = await this.refs.list(repository, wanted, signal);
    const existing = new Set(found.map(({ name }) => name));
    return new Map(
      names.flatMap((name): [string, string][] => {
        const ref = places(name).find((place) => existing.has(place));
        return ref === undefined ? [] : [[name, ref]];
      }),
    );
  }
}

function places(name: string): readonly string[] {
  return [...PLACES.map((place) => `${place}${name}`), `refs/remotes/${name}/HEAD`];
}

/** HEAD and branches are read here, as long as that is quick: git lets them point to nothing but a commit. */
function branchHere(repository: Repository, revision: string): NamedObject | undefined {
  if (!isPlainRepository(repository)) return undefined;
  try {
    const isHead = revision === 'HEAD' || revision === '@';
    const found = namedRef(repository, isHead ? 'HEAD' : revision, FEW_PACKED_BYTES);
    if (
      found === null ||
      !(isHead || (found.name.startsWith('refs/heads/') && places(revision).includes(found.name)))
    )
      return undefined;
    const ref = isHead ? null : found.name;
    return { revision, sha: found.sha, type: 'commit', ref, ambiguous: false };
  } catch (error) {
    if (error instanceof Unsuited) return undefined;
    throw error;
  }
}
