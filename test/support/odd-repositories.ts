import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { GitRepository } from './git-repository.js';

/** A repository that is in some way not the ordinary one, with what a read can be asked of it. */
export interface OddPlace {
  /** As `repo_path`. */
  readonly path: string;
  /** Git's own answer there; it fetches nothing and quotes only what it must, as that of the server. */
  readonly git: (args: readonly string[]) => string;
  /** Of more than one commit and with this file in all of them; absent where there is no commit at all. */
  readonly head?: { readonly sha: string; readonly file: string };
  readonly bare: boolean;
}

export interface OddRepository {
  readonly title: string;
  /** @param root where it is made, a real path inside the roots; whoever made that removes it */
  readonly make: (root: string) => OddPlace;
}

/** In all commits of all of them. */
export const FILE = 'src/code.c';
/** Larger than `git.maxOutputBytes` by default. */
const HUGE_BYTES = 3 * 2 ** 20;

const code = (one: string, two: string) => `int one(void)\n{\n\t${one}\n}\n\nint two(void)\n{\n\t${two}\n}\n`;

/** Two functions that change in later commits, a rename, and a branch that was merged. */
function withHistory(repo: GitRepository): GitRepository {
  repo.commitFiles('one and two', { [FILE]: code('return 1;', 'return 2;'), 'read me.md': '# Words\n' });
  repo.branch('side');
  repo.commitFiles('more of one', { [FILE]: code('return 11;', 'return 2;') }, 1_700_000_100);
  repo.checkout('side');
  repo.commitFiles('beside', { 'beside.txt': 'beside\n' }, 1_700_000_200);
  repo.checkout('main');
  repo.git(['merge', '--quiet', '--no-edit', 'side'], DATED);
  repo.commitFiles(
    'another name',
    { 'beside.txt': null, 'next.txt': 'beside\n', [FILE]: code('return 11;', 'return 22;') },
    1_700_000_400,
  );
  return repo;
}

const DATED = { GIT_AUTHOR_DATE: '@1700000300 +0000', GIT_COMMITTER_DATE: '@1700000300 +0000' };

function placeOf(repo: GitRepository, { bare = false, born = true } = {}): OddPlace {
  const git = (args: readonly string[]) =>
    repo.git(['-c', 'core.quotePath=false', ...args], { GIT_ALLOW_PROTOCOL: 'none' });
  return { path: repo.path, git, bare, ...(born && { head: { sha: repo.head(), file: FILE } }) };
}

/** What another git command has made in `root`. */
function existing(root: string, name: string): GitRepository {
  const repo = Object.create(GitRepository.prototype) as GitRepository;
  return Object.assign(repo, { root, path: join(root, name) });
}

function clonedBy(options: readonly string[], root: string): OddPlace {
  const far = withHistory(new GitRepository({ root, name: 'far' }));
  far.config('uploadpack.allowFilter', 'true');
  far.git(['clone', '--quiet', ...options, `file://${far.path}`, join(root, 'near')]);
  return placeOf(existing(root, 'near'));
}

/** What reads have to be right in, beside the ordinary repository. Every read is asked of each of them. */
export const ODD_REPOSITORIES: readonly OddRepository[] = [
  {
    title: 'names that are no UTF-8, or hold a line end, a quote, a tab',
    make: (root) => {
      const repo = withHistory(new GitRepository({ root }));
      const folder = Buffer.from(`${repo.path}/`);
      for (const name of ['latin-\xe4.txt', 'line\nend', 'quo"te', 'tab\t', ' blank ', ':colon', '*'])
        writeFileSync(Buffer.concat([folder, Buffer.from(name, 'latin1')]), `${name.length}\n`);
      repo.git(['add', '--all']);
      repo.commit('odd names', 1_700_000_500);
      return placeOf(repo);
    },
  },
  {
    title: 'objects named by SHA-256',
    make: (root) => placeOf(withHistory(new GitRepository({ root, objectFormat: 'sha256' }))),
  },
  {
    title: 'no work tree',
    make: (root) => {
      const bare = withHistory(new GitRepository({ root, name: 'full' })).cloneBare('bare.git');
      return placeOf(bare, { bare: true });
    },
  },
  {
    title: 'a linked work tree',
    make: (root) => {
      const repo = withHistory(new GitRepository({ root }));
      repo.git(['worktree', 'add', '--quiet', '--detach', join(root, 'linked'), 'HEAD~1']);
      return placeOf(existing(root, 'linked'));
    },
  },
  {
    title: 'a HEAD without a commit',
    make: (root) => {
      const repo = new GitRepository({ root });
      return placeOf(repo.write(FILE, 'int one;\n').stage(FILE), { born: false });
    },
  },
  {
    title: 'a detached HEAD',
    make: (root) => {
      const repo = withHistory(new GitRepository({ root }));
      repo.git(['checkout', '--quiet', '--detach', 'HEAD~1']);
      return placeOf(repo);
    },
  },
  { title: 'a shallow clone', make: (root) => clonedBy(['--depth=2'], root) },
  {
    title: 'a partial clone, its blobs elsewhere but for those checked out',
    make: (root) => clonedBy(['--filter=blob:none'], root),
  },
  {
    title: 'a submodule',
    make: (root) => {
      const inner = withHistory(new GitRepository({ root, name: 'inner' }));
      const repo = withHistory(new GitRepository({ root }));
      const allowed = ['-c', 'protocol.file.allow=always'];
      repo.git([...allowed, 'submodule', '--quiet', 'add', inner.path, 'lib/inner']);
      repo.commit('with a submodule', 1_700_000_500);
      repo.git(['-C', 'lib/inner', 'checkout', '--quiet', 'HEAD~1']);
      repo.git(['add', '--all']);
      repo.commit('an older submodule', 1_700_000_600);
      return placeOf(repo);
    },
  },
  {
    title: 'a huge file and binary ones',
    make: (root) => {
      const repo = withHistory(new GitRepository({ root }));
      const huge = Array.from({ length: HUGE_BYTES / 64 }, (_, at) => `${String(at).padStart(63, '.')}\n`);
      repo.commitFiles(
        'huge and binary',
        { 'huge.txt': huge.join(''), 'bytes.bin': Buffer.from([1, 0, 2, 255, 10, 0]) },
        1_700_000_500,
      );
      repo.commitFiles(
        'still huge and binary',
        { 'huge.txt': `first\n${huge.join('')}`, 'bytes.bin': Buffer.from([1, 0, 3, 255, 10, 0]) },
        1_700_000_600,
      );
      return placeOf(repo);
    },
  },
  {
    title: 'lines that end with CRLF, and attributes that convert them',
    make: (root) => {
      const repo = withHistory(new GitRepository({ root }));
      repo.commitFiles('CRLF as it is', { 'crlf.txt': 'one\r\ntwo\r\n' }, 1_700_000_500);
      repo.commitFiles(
        'CRLF converted',
        {
          '.gitattributes': '*.bat text eol=crlf\n',
          'run.bat': 'one\r\ntwo\r\n',
          'crlf.txt': 'one\ntwo\r\n',
        },
        1_700_000_600,
      );
      return placeOf(repo);
    },
  },
  {
    title: 'modes and symbolic links that change',
    make: (root) => {
      const repo = withHistory(new GitRepository({ root }));
      repo.commitFiles('a file and a program', { link: 'a file\n', 'run.sh': 'echo\n' }, 1_700_000_500);
      repo.git(['rm', '--quiet', 'link']);
      symlinkSync(FILE, repo.file('link'));
      repo.write('run.sh', 'echo\n', 0o755);
      repo.git(['add', '--all']);
      repo.commit('a link and a program', 1_700_000_600);
      return placeOf(repo);
    },
  },
];
