import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import { type GitRepository } from './git-repository.js';

/** All of a repository that an undo has to bring back, in a form to compare. */
export interface RepositoryPicture {
  readonly refs: string;
  readonly head: string;
  readonly stashes: string;
  /** Values by key, in the order of the keys; without those that say how the repository is stored and checked out. */
  readonly settings: readonly string[];
  readonly index: string;
  readonly files: Readonly<Record<string, string>>;
}

/** As git and the file system say it; the operation log's own refs left out. */
export function pictureOf(repo: GitRepository): RepositoryPicture {
  const refs = repo.git(['for-each-ref', '--format=%(objectname) %(symref) %(refname)']);
  return {
    refs: refs
      .split('\n')
      .filter((line) => !line.includes('refs/mcp-git/'))
      .join('\n'),
    head: readFileSync(join(repo.path, '.git/HEAD'), 'utf8'),
    stashes: refs.includes('refs/stash') ? repo.git(['stash', 'list', '--format=%H %gs']) : '',
    settings: settingsOf(repo),
    index: repo.git(['ls-files', '--stage', '-v', '-z']),
    files: filesOf(repo.path),
  };
}

function settingsOf(repo: GitRepository): readonly string[] {
  const keyOf = (entry: string) => entry.split('\n', 1)[0] ?? '';
  const entries = repo.git(['config', '--local', '--list', '-z']).split('\0').slice(0, -1);
  return entries
    .filter((entry) => !/^(core|extensions)\./.test(entry))
    .toSorted((one, other) => keyOf(one).localeCompare(keyOf(other)));
}

function filesOf(root: string, below = ''): Record<string, string> {
  const entries = readdirSync(join(root, below), { withFileTypes: true });
  const found: Record<string, string> = {};
  for (const entry of entries) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (path === '.git') continue;
    if (entry.isDirectory()) Object.assign(found, filesOf(root, path));
    else found[path] = contentOf(join(root, path));
  }
  return found;
}

function contentOf(path: string): string {
  const stat = lstatSync(path);
  const mode = stat.mode.toString(8);
  return stat.isSymbolicLink()
    ? `${mode} -> ${readlinkSync(path)}`
    : `${mode} ${readFileSync(path, 'latin1')}`;
}
