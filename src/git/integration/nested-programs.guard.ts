import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { ServerError } from '../../shared/errors/index.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { readIndexEntries } from '../operations/index-entries.js';
import { AllowedRoots, realPathOf } from '../paths/allowed-roots.js';
import { entryKind, readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { nameText } from '../work-tree/path-lists.js';
import { RepositoryState } from '../writes/repository-state.service.js';

/** Keys by which a look at the status of a repository runs something, or that lead to where such keys may stand. */
const RUNS = /^(filter\..+\.(clean|smudge|process)|core\.(fsmonitor|hookspath)|include(if\..+)?\.path)$/is;
const INERT = /^(core\.fsmonitor\n(false|0|no|off))$/i;
/** git runs it when the look has refreshed the index. */
const HOOK = 'hooks/post-index-change';
const MAX_DEPTH = 8;

/**
 * Some commands run `git status` inside of each repository that is checked out within, under that one's own
 * configuration and without ours; no setting prevents it.
 */
@Injectable()
export class NestedPrograms {
  private readonly roots: AllowedRoots;

  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly state: RepositoryState,
    config: GitConfig,
  ) {
    this.roots = new AllowedRoots(config.roots);
  }

  /** @throws ServerError `untrusted_config` with `details.paths`: repositories within whose programs would run */
  async refuse(repository: Repository, signal: AbortSignal): Promise<void> {
    if (repository.trust === 'trusted' || repository.bare) return;
    const paths: string[] = [];
    for (const path of await this.gitlinks(repository, signal)) {
      const within = join(repository.path, path);
      if (await this.mayRun(repository, within, MAX_DEPTH, signal)) paths.push(path);
    }
    if (paths.length === 0) return;
    const message =
      'git would look into repositories within that name programs of their own; remove those from their configuration, or check the repositories out elsewhere';
    throw new ServerError('untrusted_config', message, { details: { paths: paths.slice(0, 20) } });
  }

  private async mayRun(
    outer: Repository,
    path: string,
    depth: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (entryKind(join(path, '.git')) === 'absent') return false;
    const gitDir = gitDirOf(path);
    if (gitDir === undefined || depth === 0 || !this.roots.contains(gitDir)) return true;
    const common = readSmallFile(join(gitDir, 'commondir'))?.trim();
    const commonDir = common === undefined ? gitDir : realPathOf(resolve(gitDir, common));
    if (commonDir === undefined || !this.roots.contains(commonDir)) return true;
    if (existsSync(join(commonDir, HOOK))) return true;
    const configs = [join(commonDir, 'config'), join(gitDir, 'config.worktree')];
    for (const file of configs) if (await this.names(outer, file, signal)) return true;
    const inner = linksOf({ ...outer, path, gitDir, commonDir });
    if (inner === undefined) return true;
    for (const link of inner) {
      if (await this.mayRun(outer, join(path, link), depth - 1, signal)) return true;
    }
    return false;
  }

  private async names(repository: Repository, file: string, signal: AbortSignal): Promise<boolean> {
    if (entryKind(file) === 'absent') return false;
    const options = ['--list', '--null', '--no-includes', `--file=${file}`];
    const result = await this.git.run(repository, { name: 'config', options }, signal);
    // What git cannot read here it does not read there either, but who knows what it does instead.
    if (result.exitCode !== 0 || result.truncated) return true;
    return result.stdout
      .split('\0')
      .some((entry) => RUNS.test(entry.split('\n', 1)[0] ?? '') && !INERT.test(entry));
  }

  private async gitlinks(repository: Repository, signal: AbortSignal): Promise<readonly string[]> {
    const found = linksOf(repository);
    if (found !== undefined) return found;
    const command = { name: 'ls-files', options: ['--stage', '-z'] };
    const entries = await this.state.list(repository, command, signal, { rawOutput: true });
    return entries
      .filter((entry) => entry.startsWith('160000 '))
      .map((entry) => nameText(entry.replace(/^[^\t]*\t/, '')));
  }
}

/** @returns `undefined` for an index that only git can read */
function linksOf(repository: Repository): readonly string[] | undefined {
  try {
    const entries = [...readIndexEntries(repository)];
    return entries.filter(([, entry]) => /^160000 /m.test(entry)).map(([path]) => nameText(path));
  } catch {
    // Split, sparse, of another format of ids, or damaged.
    return undefined;
  }
}

/** A folder, or a file that leads to one. */
function gitDirOf(path: string): string | undefined {
  const dotGit = join(path, '.git');
  if (entryKind(dotGit) === 'folder') return realPathOf(dotGit);
  const written = /^gitdir: (.+)$/m.exec(readSmallFile(dotGit) ?? '')?.[1];
  return written === undefined ? undefined : realPathOf(resolve(path, written.trimEnd()));
}
