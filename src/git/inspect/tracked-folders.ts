import { lstatSync } from 'node:fs';
import { join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { CLOCK, type Clock } from '../../shared/clock.js';
import { StatMemory } from '../cli/stat-memory.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { type ByteName, byteName, nameText } from '../work-tree/path-lists.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { isCovered } from '../writes/work-tree-paths.js';

/**
 * Sees to it that no folder of tracked files has become a symbolic link: commands that open the files of the index would
 * follow it, and read what is elsewhere. Which folders there are is asked once for as long as the index looks the same;
 * that none is a link is known for as long as the folders look the same that they are in.
 */
@Injectable()
export class TrackedFolders {
  private readonly known: StatMemory<Tracked>;
  private readonly linked: StatMemory<readonly ByteName[]>;

  constructor(
    private readonly state: RepositoryState,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.known = new StatMemory(clock);
    this.linked = new StatMemory(clock);
  }

  /**
   * @param paths only in these, relative to the top as git takes them; none means all
   * @throws ServerError `operation_failed` with `details: {reason: 'beyond-border', paths}`
   */
  async requireNoLinks(repository: Repository, paths: readonly string[], signal: AbortSignal): Promise<void> {
    const within = paths.length === 0 ? ['.'] : paths.map(byteName);
    const tracked = await this.tracked(repository, signal);
    const links =
      paths.length === 0 ? await this.links(repository, tracked) : linksAmong(repository, tracked, within);
    if (links.length === 0) return;
    const message =
      'Folders of tracked files are symbolic links in the work tree; search the index, or name paths beside them';
    throw refused('beyond-border', message, links.map(nameText));
  }

  private tracked(repository: Repository, signal: AbortSignal): Promise<Tracked> {
    const command = { name: 'ls-files', options: ['-z'] };
    return this.known.get([indexOf(repository)], async () => {
      const files = await this.state.list(repository, command, signal, { rawOutput: true });
      const folders = [...new Set(files.flatMap(foldersOf))];
      return { folders, parents: [...new Set(folders.map(parentOf))] };
    });
  }

  /** All that are links: what replaces a folder changes the folder above, and there are fewer of these. */
  private async links(repository: Repository, tracked: Tracked): Promise<readonly ByteName[]> {
    const look = () => linksAmong(repository, tracked, ['.']);
    if (!tracked.parents.every(isAscii)) return look();
    const above = tracked.parents.map((parent) => join(repository.path, parent));
    return this.linked.get([indexOf(repository), ...above], () => Promise.resolve(look()));
  }
}

interface Tracked {
  readonly folders: readonly ByteName[];
  /** In which they are, `''` for the top. */
  readonly parents: readonly ByteName[];
}

function indexOf({ gitDir }: Repository): string {
  return join(gitDir, 'index');
}

function parentOf(folder: ByteName): ByteName {
  return folder.slice(0, Math.max(0, folder.lastIndexOf('/')));
}

/** Of others the bytes are not those of the text. */
function isAscii(name: ByteName): boolean {
  return /^[ -~]*$/.test(name);
}

function linksAmong(
  { path }: Repository,
  { folders }: Tracked,
  within: readonly ByteName[],
): readonly ByteName[] {
  return folders.filter((folder) => isTouched(folder, within) && isLink(path, folder));
}

/** `a` and `a/b` of `a/b/c`. */
function foldersOf(file: ByteName): readonly ByteName[] {
  const folders: ByteName[] = [];
  for (let at = file.indexOf('/'); at >= 0; at = file.indexOf('/', at + 1)) folders.push(file.slice(0, at));
  return folders;
}

/** In one of the paths, or on the way to one. */
function isTouched(folder: ByteName, paths: readonly ByteName[]): boolean {
  return isCovered(folder, paths) || paths.some((path) => path.startsWith(`${folder}/`));
}

function isLink(workTree: string, folder: ByteName): boolean {
  const path = Buffer.concat([Buffer.from(`${workTree}/`), Buffer.from(folder, 'latin1')]);
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false; // Gone, or below what is a file now: there is nothing to follow.
  }
}
