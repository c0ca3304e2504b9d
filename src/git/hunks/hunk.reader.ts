import { createHash } from 'node:crypto';

import { Inject, Injectable } from '@nestjs/common';

import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { namedPaths } from '../work-tree/path-lists.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { type FilePatch, type Hunk, parsePatch } from './patch.parser.js';

/** `unstaged`: the work tree against the index. `staged`: the index against HEAD. */
export type HunkSide = 'unstaged' | 'staged';

/** What can be staged by itself: a hunk, the mode of a file, or a file that has no hunks. */
export interface ChangeItem {
  /** Made of what changes and not of where it stands, so that it outlives changes elsewhere in the file. */
  readonly id: string;
  readonly file: FilePatch;
  /** Absent for a mode, a binary file, and an empty one that is made or deleted. */
  readonly hunk?: Hunk;
}

/** As long as the whole diff fits: a part of one would give ids to parts of hunks. */
const MAX_DIFF_BYTES = 32 * 2 ** 20;
const OPTIONS = [
  '-p',
  '-U3',
  '--binary',
  '--full-index',
  '--no-renames',
  '--no-color',
  '-O/dev/null',
  '--diff-algorithm=myers',
  '--indent-heuristic',
  '--inter-hunk-context=0',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '--no-relative',
  // A repository within has no lines of ours.
  '--ignore-submodules=all',
];

/** Takes a diff apart into what can be staged piece by piece. */
@Injectable()
export class HunkReader {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly state: RepositoryState,
  ) {}

  /**
   * @param paths none means all
   * @returns in the order of the diff; nothing of files in conflict and of untracked ones
   * @throws ServerError `path_not_allowed`; `operation_failed` with `details.reason`: `bare`, `too-many-entries`
   */
  async list(
    repository: Repository,
    side: HunkSide,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly ChangeItem[]> {
    this.state.requireWorkTree(repository);
    const only = paths.length === 0 ? {} : { paths: namedPaths(repository, paths) };
    const options = [...OPTIONS, ...(side === 'staged' ? ['--cached'] : [])];
    const limits = { maxOutputBytes: MAX_DIFF_BYTES, rawOutput: true };
    const result = await this.git.run(repository, { name: 'diff', options, ...only }, signal, limits);
    if (result.truncated)
      throw refused('too-many-entries', 'The diff is too long to be taken apart; name fewer paths');
    if (result.exitCode !== 0) throw gitFailure('diff', result);
    return withIds(parsePatch(result.stdout).flatMap(itemsOf));
  }
}

type Item = Omit<ChangeItem, 'id'>;

function itemsOf(file: FilePatch): readonly Item[] {
  const changesMode = file.header.some((line) => line.startsWith('old mode '));
  const hunks = file.hunks.map((hunk) => ({ file, hunk }));
  return changesMode || hunks.length === 0 ? [{ file }, ...hunks] : hunks;
}

/** The same lines may change in the same way twice in a file; none of these is found by its content alone. */
function withIds(items: readonly Item[]): readonly ChangeItem[] {
  const digests = items.map(digestOf);
  const totals = new Map<string, number>();
  for (const digest of digests) totals.set(digest, (totals.get(digest) ?? 0) + 1);
  const seen = new Map<string, number>();
  return items.map((item, index) => {
    const digest = digests[index] ?? '';
    const total = totals.get(digest) ?? 1;
    const rank = (seen.get(digest) ?? 0) + 1;
    seen.set(digest, rank);
    return { ...item, id: total === 1 ? digest : `${digest}.${rank}of${total}` };
  });
}

function digestOf({ file, hunk }: Item): string {
  const { path, kind, header, binary } = file;
  const content = hunk ? hunk.lines : [...header.filter((line) => !line.startsWith('index ')), ...binary];
  const changes = [path, kind, ...content].join('\n');
  return createHash('sha256').update(changes, 'latin1').digest('hex').slice(0, 12);
}
