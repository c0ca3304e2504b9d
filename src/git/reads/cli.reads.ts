import { setImmediate as nextTurn } from 'node:timers/promises';

import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { type AnsweringEngine, noteEngine } from '../../observability/operation-trace.js';
import { ServerError } from '../../shared/errors/index.js';
import { GIT_CLI, type GitCli, type GitCommand } from '../git-cli.port.js';
import {
  type BranchInfo,
  type DiffAnswer,
  type DiffShape,
  type LoggedCommit,
  type RepositoryStatus,
  type ShowAnswer,
} from '../git-reads.port.js';
import { cutAtLine } from '../patch-text.js';
import { type Repository } from '../repository.js';
import { BRANCH_FORMAT, parseBranches, TRACKING_FORMAT } from './branches-output.parser.js';
import { CliLog } from './cli.log.js';
import { diffOptions } from './diff-options.js';
import { type DiffOutput, parseDiffOutput } from './diff-output.parser.js';
import { IndexCopies } from './index-copies.service.js';
import { COMMIT_FORMAT, parseFirstCommit } from './log-output.parser.js';
import { searchFailure } from './search-failure.js';
import { type BranchSelection, type LogSelection } from './selections.js';
import { SharedRuns } from './shared-runs.js';
import { type StatusMemory } from './status-memory.service.js';
import { parseStatus } from './status-output.parser.js';
import { wordPatch } from './word-diff.js';

/** A list is whole or it is a failure, so it may be longer than a text that is shown. */
const MAX_LIST_BYTES = 64 * 2 ** 20;
/** Room for the list of files, which comes before the patch. */
const FILES_BYTES = 16 * 2 ** 20;
/** In characters: of a mebibyte, decoding and reading it take a good part of a millisecond each. */
const LONG_PATCH = 128 * 1024;
/** What stands between the list, whose entries are not empty, and the patch. */
const PATCH_MARK = '\0\0diff --';
/** Read beyond what is shown, so that a cut is seen as one: the mark's NULs and a character that is not whole. */
const BEYOND_PATCH = 16;

const COMMITS = ['-z', COMMIT_FORMAT, '--date=raw', '--no-show-signature', '--encoding=UTF-8'];
const FILES = ['-z', '--raw', '--numstat', '--no-abbrev'];

/** What two ends of a diff may be: `from` against `to`, the index (`--cached`) or the work tree. Ids, no names. */
export interface DiffEnds {
  readonly cached?: boolean;
  readonly ids: readonly string[];
}

/**
 * The reads as git itself answers them: right in every case, at the price of a process each. What reads the work tree
 * is asked for again and again and remembered nowhere, so calls that wait for the same share a process.
 */
@Injectable()
export class CliReads {
  private readonly runs = new SharedRuns();
  private readonly history: CliLog;

  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly config: GitConfig,
    private readonly copies: IndexCopies,
  ) {
    this.history = new CliLog(git);
  }

  /**
   * @returns the id of the commit that a revision names, `undefined` where it names none
   * @throws ServerError `operation_failed` where the repository cannot be read
   */
  async resolve(repository: Repository, revision: string, signal: AbortSignal): Promise<string | undefined> {
    const options = ['--verify', '--quiet'];
    const command = { name: 'rev-parse', options, revisions: [asCommit(revision)] };
    const { exitCode, stdout } = await this.git.run(repository, command, signal);
    if (exitCode === 0) return stdout.trim();
    // Git ends with 1 where a name is missing, but for `HEAD@{99}` as for a damaged repository with 128.
    if (exitCode === 1 || (await this.isReadable(repository, signal))) return undefined;
    throw failed('rev-parse', exitCode);
  }

  /** @param memory of answers that need not be asked for again */
  async status(
    repository: Repository,
    signal: AbortSignal,
    memory?: StatusMemory,
  ): Promise<Omit<RepositoryStatus, 'operation'>> {
    const options = [
      '--porcelain=v2',
      '--branch',
      '-z',
      '--untracked-files=normal',
      '--find-renames',
      '--ahead-behind',
    ];
    const command = { name: 'status', options };
    const { status, engine } = await this.shared(repository, command, signal, async (aborted) => {
      let engine: AnsweringEngine = 'libgit2';
      const status = await this.copies.lend(repository, aborted, async (copy) => {
        const ask = async () => {
          engine = 'git';
          return parseStatus(await this.list(repository, command, aborted, copy));
        };
        const recalls = copy !== undefined && memory !== undefined;
        return recalls ? memory.recall(repository, copy, aborted, ask) : ask();
      });
      return { status, engine };
    });
    noteEngine(engine);
    return status;
  }

  async log(
    repository: Repository,
    query: LogSelection,
    signal: AbortSignal,
  ): Promise<readonly LoggedCommit[]> {
    return this.history.log(repository, query, signal);
  }

  /** Of a merge: the patch against all parents at once, and the files of that patch, without counts. */
  async show(
    repository: Repository,
    sha: string,
    shape: DiffShape,
    signal: AbortSignal,
  ): Promise<ShowAnswer> {
    const { filesOnly = false, paths = [] } = shape;
    const combined = filesOnly ? [] : ['--cc'];
    // Of a commit that changed none of the paths git else says nothing at all.
    const always = paths.length === 0 ? [] : ['--sparse', '--full-history'];
    const options = [...COMMITS, ...FILES, ...diffOptions(shape), '--root', ...combined, ...always];
    const run = this.patch(repository, { name: 'show', options, revisions: [sha], paths }, signal);
    const { stdout, truncated } = await run;
    const parsed = parseFirstCommit(stdout);
    if (!parsed) throw failed('show', 0);
    return { commit: parsed.commit, diff: this.answer(parseDiffOutput(parsed.rest), truncated, shape) };
  }

  async diff(
    repository: Repository,
    ends: DiffEnds,
    shape: DiffShape,
    signal: AbortSignal,
  ): Promise<DiffAnswer> {
    const { filesOnly = false, paths = [] } = shape;
    const options = [...diffOptions(shape), ...(ends.cached ? ['--cached'] : [])];
    const command = { name: 'diff', options: [...FILES, ...options], revisions: ends.ids, paths };
    noteEngine('git');
    return this.shared(repository, command, signal, async (aborted) => {
      const { stdout, truncated } = await this.patch(repository, command, aborted);
      const parsed = parseDiffOutput(stdout, { conflicts: true });
      const hasConflict = parsed.files.some(({ status }) => status === 'U');
      if (!hasConflict || filesOnly) return this.answer(parsed, truncated, shape);
      // Of an unmerged file git shows either its record or its patch.
      const alone = await this.patch(repository, { ...command, options }, aborted);
      return this.answer({ ...parsed, patch: alone.stdout }, truncated || alone.truncated, shape);
    });
  }

  /** @returns `undefined` where two commits have no common ancestor */
  async mergeBase(
    repository: Repository,
    one: string,
    other: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const command = { name: 'merge-base', revisions: [one, other] };
    const { exitCode, stdout } = await this.git.run(repository, command, signal);
    if (exitCode === 1) return undefined;
    if (exitCode !== 0) throw failed('merge-base', exitCode);
    return stdout.trim();
  }

  /** All the common ancestors that no other one of them reaches. */
  async mergeBases(
    repository: Repository,
    one: string,
    other: string,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const command = { name: 'merge-base', options: ['--all'], revisions: [one, other] };
    const { exitCode, stdout } = await this.git.run(repository, command, signal);
    if (exitCode > 1) throw failed('merge-base', exitCode);
    return stdout.split('\n').filter(Boolean);
  }

  /** What branches, remote-tracking branches and tags name, each once; refs of anybody else are not looked at. */
  async refTips(repository: Repository, signal: AbortSignal): Promise<readonly string[]> {
    const options = [
      '--format=%(objecttype) %(objectname)%(if)%(*objecttype)%(then) %(*objecttype) %(*objectname)%(end)',
    ];
    const revisions = ['refs/heads', 'refs/remotes', 'refs/tags'];
    const listing = await this.list(repository, { name: 'for-each-ref', options, revisions }, signal);
    const commits = listing.split('\n').flatMap((line) => /commit ([0-9a-f]+)$/.exec(line)?.[1] ?? []);
    return [...new Set(commits)];
  }

  async branches(
    repository: Repository,
    query: BranchSelection,
    signal: AbortSignal,
  ): Promise<readonly BranchInfo[]> {
    const { contains, notContains, merged, notMerged, pattern, order = 'name', tracking = false } = query;
    const options = [
      tracking ? TRACKING_FORMAT : BRANCH_FORMAT,
      ...(order === 'name' ? [] : ['--sort=refname', `--sort=${order === 'newest' ? '-' : ''}committerdate`]),
      ...(contains === undefined ? [] : [`--contains=${contains}`]),
      ...(notContains === undefined ? [] : [`--no-contains=${notContains}`]),
      ...(merged === undefined ? [] : [`--merged=${merged}`]),
      ...(notMerged === undefined ? [] : [`--no-merged=${notMerged}`]),
    ];
    const refs = [...(query.local ? ['refs/heads'] : []), ...(query.remote ? ['refs/remotes'] : [])];
    const command = { name: 'for-each-ref', options, revisions: refs };
    if (pattern === undefined) return parseBranches(await this.list(repository, command, signal));
    // The patterns of for-each-ref are others: they match whole components.
    const kind = query.local ? '--all' : '--remotes';
    const which = query.remote ? [kind] : [];
    const listing = { name: 'branch listing', options: [...options, ...which], revisions: [pattern] };
    return parseBranches(await this.list(repository, listing, signal));
  }

  private async shared<T>(
    repository: Repository,
    command: GitCommand,
    signal: AbortSignal,
    read: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const key = JSON.stringify([repository, command]);
    try {
      return await this.runs.run(key, read, signal);
    } catch (error) {
      noteEngine('git');
      // Who gave up while others went on waiting.
      if (error !== signal.reason || error instanceof ServerError) throw error;
      throw new ServerError('operation_cancelled', 'The operation was cancelled', { cause: error });
    }
  }

  private async isReadable(repository: Repository, signal: AbortSignal): Promise<boolean> {
    const command = { name: 'rev-parse', options: ['--is-bare-repository'] };
    return (await this.git.run(repository, command, signal)).exitCode === 0;
  }

  private async list(
    repository: Repository,
    command: GitCommand,
    signal: AbortSignal,
    indexCopy?: string,
  ): Promise<string> {
    const limits = { maxOutputBytes: MAX_LIST_BYTES, ...(indexCopy === undefined ? {} : { indexCopy }) };
    const { exitCode, stdout, truncated } = await this.git.run(repository, command, signal, limits);
    if (truncated) throw tooLong(command.name);
    if (exitCode !== 0) throw failed(command.name, exitCode);
    return stdout;
  }

  private async patch(repository: Repository, command: GitCommand, signal: AbortSignal) {
    const { maxOutputBytes: maxBytes } = this.config;
    const limits = {
      maxOutputBytes: maxBytes + FILES_BYTES,
      partLimit: { mark: PATCH_MARK, maxBytes: maxBytes + BEYOND_PATCH },
    };
    const result = await this.git.run(repository, command, signal, limits);
    // Git that was stopped at the cap did not fail.
    if (result.exitCode !== 0 && !result.truncated) throw searchFailure(command.name, result);
    // A long one has just been decoded, and is read next: others have their turn in between.
    if (result.stdout.length > LONG_PATCH) await nextTurn();
    return result;
  }

  private answer({ files, patch }: DiffOutput, truncated: boolean, { wordDiff }: DiffShape): DiffAnswer {
    const cut = cutAtLine(wordDiff ? wordPatch(patch) : patch, this.config.maxOutputBytes);
    return { patch: cut.text, files, truncated: truncated || cut.truncated };
  }
}

/** A search by text takes all that follows it for text, and finds nothing but commits. */
function asCommit(revision: string): string {
  return revision.startsWith(':/') ? revision : `${revision}^{commit}`;
}

export function revisionNotFound(revision: string): ServerError {
  const message =
    'The revision names no commit of this repository; give a branch, a tag or an id that exists';
  return new ServerError('revision_not_found', message, { details: { revision } });
}

function failed(command: string, exitCode: number): ServerError {
  const message = 'git could not read the repository; check that it is not damaged';
  return new ServerError('operation_failed', message, { details: { command, exit_code: exitCode } });
}

function tooLong(command: string): ServerError {
  const message = 'The list is too long to be answered; ask for less of it';
  return new ServerError('operation_failed', message, { details: { command, reason: 'too-long' } });
}
