import { lstatSync } from 'node:fs';
import { join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { CLOCK, type Clock } from '../../shared/clock.js';
import { StatMemory } from '../cli/stat-memory.js';
import { type Repository } from '../repository.js';
import { type ByteName, byteName, nameText, refused } from '../work-tree/path-lists.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { isCovered } from '../writes/work-tree-paths.js';

/**
 * Sees to it that no folder of tracked files has become a symbolic link: commands that open the files of the index would
 * follow it, and read what is elsewhere. Which folders there are is asked once for as long as the index looks the same.
 */
@Injectable()
export class TrackedFolders {
  private readonly known: StatMemory<readonly ByteName[]>;

  constructor(
    private readonly state: RepositoryState,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.known = new StatMemory(clock);
  }

  /**
   * @param paths only in these, relative to the top as git takes them; none means all
   * @throws ServerError `operation_failed` with `details: {reason: 'beyond-border', paths}`
   */
  async requireNoLinks(repository: Repository, paths: readonly string[], signal: AbortSignal): Promise<void> {
    const within = paths.length === 0 ? ['.'] : paths.map(byteName);
    const folders = await this.folders(repository, signal);
    const links = folders.filter((folder) => isTouched(folder, within) && isLink(repository.path, folder));
    if (links.length === 0) return;
    const message =
      'Folders of tracked files are symbolic links in the work tree; search the index, or name paths beside them';
    throw refused('beyond-border', message, links.map(nameText));
  }

  private folders(repository: Repository, signal: AbortSignal): Promise<readonly ByteName[]> {
    const command = { name: 'ls-files', options: ['-z'] };
    return this.known.get([join(repository.gitDir, 'index')], async () => {
      const files = await this.state.list(repository, command, signal, { rawOutput: true });
      return [...new Set(files.flatMap(foldersOf))];
    });
  }
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
