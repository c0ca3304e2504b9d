import { Injectable } from '@nestjs/common';

import { type SequencerOperation } from '../git-writes.port.js';
import { type StagedChange, StagedChanges } from '../previews/staged-changes.reader.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { type Trial } from '../writes/trial-index.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { type NewContent, SecretScan } from './secret-scan.service.js';

const COMMIT = /^[0-9a-f]+$/;
const FILE = /^([0-9a-f]+) (.+)$/;
/** What an unfinished operation brings in; of a revert, what it goes back to. */
const BROUGHT_IN: Readonly<Record<SequencerOperation, readonly string[]>> = {
  merge: ['MERGE_HEAD'],
  rebase: ['REBASE_HEAD'],
  'cherry-pick': ['CHERRY_PICK_HEAD'],
  revert: ['REVERT_HEAD^1', 'REVERT_HEAD^2'],
};
const MAX_LISTING = { maxOutputBytes: 64 * 2 ** 20 };

export interface PushedHistory {
  readonly remote: string;
  /** What is to be there: commits or tags. */
  readonly ids: readonly string[];
  readonly allTags: boolean;
}

/** What is said with it is looked at, too. */
export interface NewCommit {
  /** As compared with HEAD. */
  readonly staged?: readonly StagedChange[];
  readonly message?: string;
  /** Where it is staged on trial only. */
  readonly trial?: Trial;
}

/** Looks for secrets where something leaves the work of one agent: in a commit for its history, in a push for others. */
@Injectable()
export class NewSecrets {
  constructor(
    private readonly scan: SecretScan,
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly changes: StagedChanges,
  ) {}

  /**
   * @throws ServerError as `SecretScan.requireNone`; a secret that the last commit has, or what a merge or another
   *   unfinished operation brings in, is none that the next commit adds
   */
  async requireNoneIn(
    repository: Repository,
    { staged = [], message, trial }: NewCommit,
    allowed: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (!this.scan.enabled) return;
    const others = staged.length === 0 ? [] : await this.comparedWithSources(repository, signal, trial);
    const differs = others.map((changes) => new Set(changes.map(({ path }) => path)));
    const files = staged.flatMap(({ path, to }) =>
      to !== null && differs.every((paths) => paths.has(path)) ? [{ path, id: to }] : [],
    );
    // Of all files: what moves from one to another was there before.
    const before = [staged, ...others].flat().flatMap(({ from }) => from ?? []);
    const texts = new Map(message === undefined ? [] : [['(message)', message]]);
    const contents = { files, known: () => before, texts, ...(trial && { trial }) };
    await this.scan.requireNone(repository, contents, allowed, signal);
  }

  /**
   * Looks at every file of every commit that the remote is not known to have, newest first.
   *
   * @throws ServerError as `SecretScan.requireNone`, with the newest commit that has the file
   */
  async requireNonePushed(
    repository: Repository,
    { remote, ids, allTags }: PushedHistory,
    allowed: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (!this.scan.enabled || (ids.length === 0 && !allTags)) return;
    const options = [
      '--objects',
      '--in-commit-order',
      // What a partial clone has left out is at the remote.
      '--missing=allow-any',
      ...(allTags ? ['--tags'] : []),
      '--not',
      `--remotes=${remote}`,
      '--not',
    ];
    const command = { name: 'rev-list', options, revisions: ids };
    const { stdout } = await this.commands.must(repository, command, signal, MAX_LISTING);
    const files = newFiles(stdout);
    const seen = await this.seen(repository, remote, signal);
    const known = (found: readonly NewContent[]) =>
      found.flatMap(({ path }) => seen.map((ref) => `${ref}:${path}`));
    await this.scan.requireNone(repository, { files, known }, allowed, signal);
  }

  private async comparedWithSources(
    repository: Repository,
    signal: AbortSignal,
    trial?: Trial,
  ): Promise<readonly (readonly StagedChange[])[]> {
    const operation = this.state.operation(repository);
    if (operation === null) return [];
    const sources = await Promise.all(
      BROUGHT_IN[operation].map((revision) => this.state.sha(repository, revision, signal)),
    );
    const known = sources.flatMap((source) => source ?? []);
    return Promise.all(known.map((source) => this.changes.list(repository, signal, [source], trial)));
  }

  /** The refs that say what the remote has. */
  private seen(repository: Repository, remote: string, signal: AbortSignal): Promise<readonly string[]> {
    const options = ['--format=%(refname)%00', '--count=100', '--sort=-committerdate'];
    const command = { name: 'for-each-ref', options, revisions: [`refs/remotes/${remote}/`] };
    return this.state.list(repository, command, signal).then((refs) => refs.map((ref) => ref.trim()));
  }
}

/** Trees have names as well: they are sorted out where their kind is known. */
function newFiles(listing: string): readonly NewContent[] {
  let commit = '';
  const files: NewContent[] = [];
  for (const line of listing.split('\n')) {
    const [, id, path] = FILE.exec(line) ?? [];
    if (id !== undefined && path !== undefined) files.push({ id, path, commit });
    else if (COMMIT.test(line)) commit = line;
  }
  return files;
}
