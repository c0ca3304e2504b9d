import { lstatSync } from 'node:fs';
import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { type HeadState, type ResetMode, type ResetRequest, type ResetResult } from '../git-writes.port.js';
import { type StagedChange, StagedChanges } from '../previews/staged-changes.reader.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { LostChanges } from './lost-changes.service.js';
import { RepositoryState } from './repository-state.service.js';
import { removeStashMark } from './stash-mark.js';
import { UNINTERRUPTED } from './uninterrupted.js';
import { WriteCommands } from './write-commands.service.js';

export interface ResetPlan {
  readonly mode: ResetMode;
  readonly before: HeadState;
  /** The commit that is reset to; `null` before the first one. */
  readonly target: string | null;
  /** Whose entry in the index changes, but for those that the work tree has as well where it follows. */
  readonly unstaged: readonly StagedChange[];
  /** Files that are written anew, made or removed. */
  readonly overwritten: readonly string[];
}

const FOLLOWS: ReadonlySet<ResetMode> = new Set(['hard', 'keep', 'merge']);

/** Moves the current branch, with the index and the work tree as far as the mode says. */
@Injectable()
export class ResetWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly changes: StagedChanges,
    private readonly lost: LostChanges,
  ) {}

  /**
   * What a reset would do.
   *
   * @throws ServerError `revision_not_found`; `operation_failed` with `details.reason`: `bare`, `no-commit`,
   *   `operation-in-progress`, `local-changes`, `ignored-files`
   */
  async plan(repository: Repository, request: ResetRequest, signal: AbortSignal): Promise<ResetPlan> {
    const { mode = 'mixed' } = request;
    this.state.requireWorkTree(repository);
    // git's own rule: these keep the index, in which the operation waits.
    if (mode === 'soft' || mode === 'keep') this.state.requireNoOperation(repository);
    const before = await this.state.head(repository, signal);
    const wanted = request.target ?? (before.head === null ? undefined : 'HEAD');
    const target = wanted === undefined ? null : await this.state.commit(repository, wanted, signal);
    if (target === null && mode !== 'mixed') throw noCommit();
    if (mode === 'soft') return { mode, before, target, unstaged: [], overwritten: [] };
    if (before.head === null && FOLLOWS.has(mode)) throw noCommit();
    const revisions = target === null ? [] : [target];
    const unstaged = await this.changes.list(repository, signal, revisions);
    if (!FOLLOWS.has(mode)) return { mode, before, target, unstaged, overwritten: [] };
    const overwritten = await this.overwritten(repository, mode, revisions, unstaged, signal);
    return { mode, before, target, unstaged, overwritten };
  }

  /** @throws ServerError as `plan` */
  async reset(repository: Repository, request: ResetRequest, signal: AbortSignal): Promise<ResetResult> {
    const { mode, before, target, unstaged, overwritten } = await this.plan(repository, request, signal);
    const revisions = target === null ? [] : [target];
    const command = { name: 'reset', options: ['--quiet', `--${mode}`], revisions };
    const result = await this.commands.run(repository, command, signal);
    if (result.exitCode !== 0) {
      if (mode === 'keep' && target !== null) await this.lost.explain(repository, target, signal);
      throw this.commands.failure(repository, 'reset', result);
    }
    if (mode !== 'soft') removeStashMark(repository);
    const after = await this.state.head(repository, UNINTERRUPTED);
    const paths = FOLLOWS.has(mode) ? overwritten : new Set(unstaged.map(({ path }) => path));
    return { ...after, moved: after.head !== before.head, paths: [...paths] };
  }

  private async overwritten(
    repository: Repository,
    mode: ResetMode,
    revisions: readonly string[],
    unstaged: readonly StagedChange[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const indexed = unstaged.map(({ path }) => path);
    if (mode === 'hard') {
      await this.requireNothingIgnored(repository, unstaged, signal);
      const files = await this.diff(repository, revisions, signal);
      return [...new Set([...files, ...indexed])].toSorted();
    }
    const [target = ''] = revisions;
    if (mode === 'keep') {
      await this.lost.explain(repository, target, signal);
      return this.diff(repository, ['HEAD', target], signal);
    }
    const dirty = new Set(await this.diff(repository, [], signal));
    const lost = indexed.filter((path) => dirty.has(path));
    if (lost.length === 0) return indexed;
    throw refused('local-changes', 'Changes that are not staged would be lost; commit or stash them', lost);
  }

  private diff(repository: Repository, revisions: readonly string[], signal: AbortSignal) {
    const options = ['--name-only', '-z', '--no-renames'];
    return this.state.list(repository, { name: 'diff', options, revisions }, signal);
  }

  /** What is ignored is in no record of the work tree, so that nothing could bring it back. */
  private async requireNothingIgnored(
    repository: Repository,
    changes: readonly StagedChange[],
    signal: AbortSignal,
  ): Promise<void> {
    const made = changes.flatMap(({ path, from, to }) => (from !== null && to === null ? [path] : []));
    if (!made.some((path) => isThere(repository, path))) return;
    const [all, others] = await Promise.all(
      [
        ['--others', '-z'],
        ['--others', '--exclude-standard', '-z'],
      ].map((options) => this.state.list(repository, { name: 'ls-files', options }, signal)),
    );
    const kept = new Set(others);
    const lost = (all ?? []).filter((path) => !kept.has(path) && made.some((one) => meet(one, path)));
    if (lost.length === 0) return;
    const message = 'Ignored files stand where the commit has others; move or remove them first';
    throw refused('ignored-files', message, lost);
  }
}

/** The path, or a file where it needs a folder. */
function isThere({ path: top }: Repository, path: string): boolean {
  let at = top;
  for (const part of path.split('/')) {
    at = join(at, part);
    const found = lstatSync(at, { throwIfNoEntry: false });
    if (!found?.isDirectory()) return found !== undefined;
  }
  return true;
}

/** One of them is the other, or is in a folder where the other is a file. */
function meet(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}

function noCommit(): ServerError {
  const message = 'There is no commit yet; only what is staged can be reset, without a target';
  return refused('no-commit', message);
}
