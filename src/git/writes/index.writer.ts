import { lstatSync } from 'node:fs';
import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { type CommitRequest, type HeadState } from '../git-writes.port.js';
import { type Repository } from '../repository.js';
import { named, RepositoryState } from './repository-state.service.js';
import { isBeyondBorder, isCovered, workTreePath } from './work-tree-paths.js';
import { UNINTERRUPTED } from './uninterrupted.js';
import { WriteCommands } from './write-commands.service.js';

const CHANGED = ['-z', '--modified', '--deleted', '--others', '--exclude-standard', '--deduplicate'];
const STAGE = ['--add', '--remove', '--replace', '-z', '--stdin'];

/** What is staged, and the commits made of it. */
@Injectable()
export class IndexWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
  ) {}

  /**
   * Does what `git add --all` does, in its two steps: git add itself would run `git status` inside each nested
   * repository, and with it the filters that its own configuration names.
   *
   * @returns the staged paths that the files cover
   */
  async add(
    repository: Repository,
    files: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    this.state.requireWorkTree(repository);
    const paths = [...new Set(files.map((file) => workTreePath(repository.path, file)))];
    if (paths.length === 0)
      throw refused('nothing-given', 'No file was given; name at least one, or "." for all');
    await this.refuseUnknown(repository, paths, signal);
    const listing = { name: 'ls-files', options: CHANGED, paths };
    const changed = await this.state.list(repository, listing, signal, { rawOutput: true });
    // In order: what became a folder is taken out before what it holds is put in. A name need not be UTF-8, and goes
    // back to git as it came.
    const stdin = changed
      .map((path) => path.replace(/\/$/, ''))
      .toSorted()
      .join('\0');
    const staging = { name: 'update-index', options: STAGE, stdin: Buffer.from(stdin, 'latin1') };
    if (stdin !== '') await this.commands.must(repository, staging, signal);
    await this.refuseIgnored(repository, paths, changed.map(fromBytes), signal);
    return (await this.state.staged(repository, signal)).filter((path) => isCovered(path, paths));
  }

  /** @returns the paths that were staged; a merge in progress is forgotten, as `git reset` does */
  async reset(repository: Repository, signal: AbortSignal): Promise<readonly string[]> {
    this.state.requireWorkTree(repository);
    const staged = await this.state.staged(repository, signal);
    await this.commands.must(repository, { name: 'reset', options: ['--quiet', '--mixed'] }, signal);
    return staged;
  }

  async commit(
    repository: Repository,
    { message }: CommitRequest,
    signal: AbortSignal,
  ): Promise<HeadState & { subject: string; files: number }> {
    this.state.requireWorkTree(repository);
    if (message.trim() === '')
      throw refused('empty-message', 'The commit message is empty; say what changed');
    if (message.includes('\0')) throw refused('invalid-message', 'A commit message holds no NUL');
    const [before] = await Promise.all([
      this.state.head(repository, signal),
      this.state.requireNoConflicts(repository, this.state.operation(repository) ?? 'merge', signal),
    ]);
    await this.make(repository, message, signal).catch(async (error: unknown) => {
      // git may be ended after its commit was made: HEAD says which.
      if ((await this.state.head(repository, UNINTERRUPTED)).head === before.head) throw error;
    });
    const [head, summary] = await Promise.all([
      this.state.head(repository, UNINTERRUPTED),
      this.summary(repository),
    ]);
    return { ...head, ...summary };
  }

  private async make(repository: Repository, message: string, signal: AbortSignal): Promise<void> {
    const options = ['--quiet', '--cleanup=whitespace', '--file=-'];
    const result = await this.commands.run(repository, { name: 'commit', options, stdin: message }, signal);
    if (result.exitCode === 1) await this.explainNothingToCommit(repository, signal);
    if (result.exitCode !== 0) throw this.commands.failure(repository, 'commit', result);
  }

  private async summary(repository: Repository): Promise<{ subject: string; files: number }> {
    const options = [
      '--max-count=1',
      '-z',
      '--name-only',
      '--no-renames',
      '--diff-merges=first-parent',
      '--format=%s',
    ];
    const [subject = '', ...names] = await this.state.list(
      repository,
      { name: 'log', options },
      UNINTERRUPTED,
    );
    return { subject, files: names.filter(Boolean).length };
  }

  // A file that is gone from the work tree but known to the index is one to delete, not one that is missing. What lies
  // beyond a link git add refuses too; the steps that it consists of would find nothing to do.
  private async refuseUnknown(
    repository: Repository,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const absent = paths.filter((path) => !exists(join(repository.path, path)));
    const beyond = paths.filter((path) => isBeyondBorder(repository.path, path));
    const asked = [...new Set([...absent, ...beyond])];
    if (asked.length === 0) return;
    const known = await this.state.list(
      repository,
      { name: 'ls-files', options: ['-z'], paths: asked },
      signal,
    );
    const unknown = asked.filter((path) => !known.some((file) => isCovered(file, [path])));
    if (unknown.length === 0) return;
    if (unknown.some((path) => beyond.includes(path))) {
      const message = 'Files to stage lie behind a symbolic link, or in a repository of their own';
      throw refused('beyond-border', message, unknown);
    }
    const message = 'Files to stage do not exist; see git_status for those that changed';
    throw refused('no-such-file', message, unknown);
  }

  // Only a path that was asked for by name and gave nothing can be ignored; "." leaves out what is.
  private async refuseIgnored(
    repository: Repository,
    paths: readonly string[],
    changed: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const without = paths.filter((path) => path !== '.' && !changed.some((file) => isCovered(file, [path])));
    if (without.length === 0) return;
    const options = ['-z', '--others', '--ignored', '--exclude-standard', '--directory'];
    const ignored = await this.state.list(repository, { name: 'ls-files', options, paths: without }, signal);
    if (ignored.length === 0) return;
    throw refused('ignored', 'Files to stage are ignored by .gitignore; the others were staged', ignored);
  }

  private async explainNothingToCommit(repository: Repository, signal: AbortSignal): Promise<void> {
    if ((await this.state.staged(repository, signal)).length > 0) return;
    throw refused('nothing-staged', 'Nothing is staged; stage changes with git_add first');
  }
}

function refused(reason: string, message: string, paths?: readonly string[]): ServerError {
  return new ServerError('operation_failed', message, { details: { reason, ...(paths && named(paths)) } });
}

function fromBytes(text: string): string {
  return Buffer.from(text, 'latin1').toString();
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // A parent that is a file.
    return false;
  }
}
