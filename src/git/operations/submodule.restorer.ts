import { rmSync } from 'node:fs';

import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { entryKind } from '../paths/small-text-file.js';
import { refused } from '../refusal.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../repository-locks.port.js';
import { type Repository } from '../repository.js';
import { bringBack, hasKept, keepModules } from '../submodules/kept-modules.js';
import { attach, emptyFolder } from '../submodules/submodule-files.js';
import { submoduleFolder, submoduleGitFolder } from '../submodules/submodule-name.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { type Delta } from './delta.js';
import { removeEmptyFolders } from './file-moves.js';
import { newerWork } from './newer-work.js';
import { type Change } from './snapshot.js';
import { SubmoduleFacts } from './submodule-facts.reader.js';
import { isSameFact, submoduleChanges, type SubmoduleFact } from './submodule-facts.js';

const BRANCH = /^ref: (refs\/heads\/.+)$/s;

/**
 * Checks out in submodules what was, and empties those that were not there. Their repositories stay in git's folder, those
 * of submodules that are none any more out of the way of others.
 */
@Injectable()
export class SubmoduleRestorer {
  constructor(
    private readonly facts: SubmoduleFacts,
    private readonly commands: WriteCommands,
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
  ) {}

  /** @throws ServerError `path_not_allowed`; `operation_failed` with `details: {reason: 'not-kept' | 'newer_work', paths}` */
  async check(repository: Repository, delta: Delta, signal: AbortSignal): Promise<void> {
    if (delta.submodules.length === 0) return;
    const all = submoduleChanges(delta);
    const lost = all.filter(
      ({ from, to }) =>
        from?.dirty === true ||
        (to === null && from?.nested === true) ||
        (to !== null && !isKept(repository, from, to)),
    );
    if (lost.length > 0) throw notKept(lost.map(({ path }) => path));
    const now = await this.now(repository, delta, signal);
    const isNow = submoduleChanges({ ...delta, submodules: now });
    const moved = all.filter((change, at) => !isSameFact(isNow[at]?.from ?? null, change.from, change));
    const paths = moved.map(({ path }) => bytesOf(path));
    if (paths.length > 0) throw newerWork([], paths);
  }

  /** The changes from what is there now. */
  async now(repository: Repository, delta: Delta, signal: AbortSignal): Promise<readonly Change[]> {
    if (delta.submodules.length === 0) return [];
    const paths = submoduleChanges(delta).map(({ path }) => path);
    const facts = await this.facts.read(repository, paths, signal);
    return delta.submodules.map((change) => ({ ...change, from: facts.get(change.name) ?? null }));
  }

  /** Takes the files of those away that are not to be there. */
  emptyAll(repository: Repository, delta: Delta): void {
    for (const { path, from, isLast } of submoduleChanges(delta).filter(({ to }) => to === null)) {
      const folder = submoduleFolder(repository, path);
      if (from === null) continue;
      if (isLast) {
        emptyFolder(folder);
        rmSync(folder, { recursive: true, force: true });
        keepModules(repository, submoduleGitFolder(repository, from.name));
        removeEmptyFolders(repository.gitDir, bytesOf(`modules/${from.name}`));
        removeEmptyFolders(repository.path, bytesOf(path));
      } else emptyFolder(folder);
    }
  }

  /** Checks out what is to be there. */
  async checkOutAll(repository: Repository, delta: Delta, signal: AbortSignal): Promise<void> {
    for (const { path, from, to } of submoduleChanges(delta)) {
      if (to === null) continue;
      const folder = submoduleFolder(repository, path);
      const isBare = from === null || from.partial === true;
      if (from === null) {
        const gitDir = submoduleGitFolder(repository, to.name);
        if (to.place !== undefined && entryKind(gitDir) === 'absent') bringBack(repository, to.place, gitDir);
        attach(folder, gitDir, to.link);
      }
      await this.checkOut(await this.locator.locate(folder, signal), to, isBare, signal);
    }
  }

  private async checkOut(
    inner: Repository,
    { head, commit }: SubmoduleFact,
    isBare: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    // Where nothing but files is missing, no changes could be lost.
    const options = ['--quiet', '--detach', ...(isBare ? ['--discard-changes'] : [])];
    await this.commands.must(inner, { name: 'switch', options, revisions: [commit] }, signal);
    const branch = BRANCH.exec(head)?.[1];
    if (branch === undefined) return;
    const onto = { name: 'symbolic-ref setting', revisions: ['HEAD', branch] };
    await this.commands.must(inner, onto, signal);
  }
}

/** Whether it can be brought to what it was: of files that are not tracked only what is there stays. */
function isKept(
  repository: Repository,
  from: SubmoduleFact | null,
  { name, dirty, ignored, nested, place = '' }: SubmoduleFact,
): boolean {
  if (dirty) return false;
  if (from !== null) return true;
  const isThere = entryKind(submoduleGitFolder(repository, name)) === 'folder';
  return !ignored && nested !== true && (isThere || hasKept(repository, place));
}

function notKept(paths: readonly string[]): ServerError {
  const message =
    'The submodules had changes or ignored files, or have no repository in the folder of git any more, which the log does not keep, so they cannot be brought back as they were; use git_submodule_update';
  return refused('not-kept', message, paths);
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}
