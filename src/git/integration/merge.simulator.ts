import { Inject, Injectable } from '@nestjs/common';

import { EMPTY_TREE } from '../empty-tree.js';
import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { type Favor } from '../git-writes.port.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';

/** What a merge comes to; the tree holds marks where there are conflicts. */
export interface SimulatedMerge {
  readonly tree: string;
  /** Paths, in their order. */
  readonly conflicts: readonly string[];
}

export interface TreeChange {
  readonly path: string;
  /** Ids of blobs; `null` where there is no file. */
  readonly from: string | null;
  readonly to: string | null;
}

/** What git calls a conflict within a file, which a side can be favoured in. */
const IN_CONTENT = 'CONFLICT (contents)';
const RECORD = /^:\d+ \d+ ([0-9a-f]+) ([0-9a-f]+) /;

/** Merges without touching anything: what it writes are objects that nothing names. */
@Injectable()
export class MergeSimulator {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly state: RepositoryState,
  ) {}

  /** @param favor decides conflicts within files, which then are none; the tree still holds their marks */
  async merge(
    repository: Repository,
    ours: string,
    theirs: string,
    favor: Favor | undefined,
    signal: AbortSignal,
  ): Promise<SimulatedMerge> {
    const command = { name: 'merge-tree listing', options: ['--name-only'], revisions: [ours, theirs] };
    const result = await this.git.run(repository, command, signal, { maxOutputBytes: 2 ** 26 });
    if (result.exitCode > 1 || result.truncated) throw gitFailure('merge-tree', result);
    const [tree = '', ...rest] = result.stdout.split('\0');
    if (result.exitCode === 0) return { tree, conflicts: [] };
    const end = rest.indexOf('');
    const paths = rest.slice(0, end);
    if (favor === undefined) return { tree, conflicts: paths };
    const undecided = undecidedPaths(rest.slice(end + 1));
    return { tree, conflicts: paths.filter((path) => undecided.has(path)) };
  }

  /** Puts what changed between two trees onto a third. All are ids of trees. */
  async apply(
    repository: Repository,
    onto: string,
    change: { readonly from: string; readonly to: string },
    favor: Favor | undefined,
    signal: AbortSignal,
  ): Promise<SimulatedMerge> {
    const base = await this.commit(repository, change.from, undefined, signal);
    const [ours, theirs] = await Promise.all(
      [onto, change.to].map((tree) => this.commit(repository, tree, base, signal)),
    );
    return this.merge(repository, ours as string, theirs as string, favor, signal);
  }

  async treeOf(repository: Repository, commit: string | null, signal: AbortSignal): Promise<string> {
    if (commit === null) return EMPTY_TREE[repository.objectFormat];
    return (await this.state.tree(repository, commit, signal)) ?? EMPTY_TREE[repository.objectFormat];
  }

  async changes(
    repository: Repository,
    from: string,
    to: string,
    signal: AbortSignal,
  ): Promise<readonly TreeChange[]> {
    const options = ['-r', '--raw', '-z', '--no-renames', '--no-abbrev'];
    const command = { name: 'diff-tree', options, revisions: [from, to] };
    const records = await this.state.list(repository, command, signal);
    return records.flatMap((record, index) => {
      const [, before = '', after = ''] = RECORD.exec(record) ?? [];
      return before === ''
        ? []
        : [{ path: records[index + 1] ?? '', from: orNull(before), to: orNull(after) }];
    });
  }

  /** A commit that exists only to say what the base of a merge is: git 2.39 cannot be told otherwise. */
  private async commit(
    repository: Repository,
    tree: string,
    parent: string | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const nobody = 'mcp-git-server <> 0 +0000';
    const parents = parent === undefined ? '' : `parent ${parent}\n`;
    const stdin = `tree ${tree}\n${parents}author ${nobody}\ncommitter ${nobody}\n\ndry run\n`;
    const command = { name: 'hash-object', options: ['-w', '-tcommit'], stdin };
    const result = await this.git.run(repository, command, signal);
    if (result.exitCode !== 0) throw gitFailure('hash-object', result);
    return result.stdout.trim();
  }
}

/** Reads `<number of paths>\0<path>…\0<kind>\0<message>`, as git-merge-tree(1) has it. */
function undecidedPaths(fields: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (let at = 0; at < fields.length - 1;) {
    const count = Number(fields[at]);
    const paths = fields.slice(at + 1, at + 1 + count);
    const kind = fields[at + 1 + count] ?? '';
    if (kind.startsWith('CONFLICT') && kind !== IN_CONTENT) for (const path of paths) found.add(path);
    at += count + 3;
  }
  return found;
}

function orNull(id: string): string | null {
  return /^0+$/.test(id) ? null : id;
}
