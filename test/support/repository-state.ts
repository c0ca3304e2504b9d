import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

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
  readonly linked: readonly LinkedPicture[];
}

/** A linked work tree, by the name of its folder in git's. */
type LinkedPicture = Pick<RepositoryPicture, 'head' | 'index' | 'files'> & {
  readonly name: string;
  readonly path: string;
  readonly locked: string | null;
};

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
    linked: linkedOf(repo),
  };
}

const keyOf = (entry: string) => entry.split('\n', 1)[0] ?? '';

function settingsOf(repo: GitRepository): readonly string[] {
  const entries = repo.git(['config', '--local', '--list', '-z']).split('\0').slice(0, -1);
  return entries
    .filter((entry) => !/^(core|extensions)\./.test(entry))
    .toSorted((one, other) => keyOf(one).localeCompare(keyOf(other)));
}

function linkedOf(repo: GitRepository): readonly LinkedPicture[] {
  const folder = join(repo.path, '.git/worktrees');
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : [];
  return names.map((name) => {
    const read = (file: string) => readFileSync(join(folder, name, file), 'utf8');
    const path = dirname(read('gitdir').trim());
    return {
      name,
      path,
      locked: existsSync(join(folder, name, 'locked')) ? read('locked') : null,
      head: read('HEAD'),
      index: repo.git(['ls-files', '--stage', '-v', '-z'], { GIT_DIR: join(folder, name) }),
      files: existsSync(path) ? filesOf(path) : {},
    };
  });
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
