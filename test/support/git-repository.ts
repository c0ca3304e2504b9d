import { execFileSync, type StdioOptions } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ISOLATED = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  LC_ALL: 'C',
  // Otherwise each commit starts a second process, which finds that there is nothing to tidy.
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'maintenance.auto',
  GIT_CONFIG_VALUE_0: 'false',
};
const ADA = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};
const NOON = 1_700_000_000;

export interface GitRepositoryOptions {
  readonly objectFormat?: 'sha1' | 'sha256';
  readonly bare?: boolean;
  /** An existing folder to make the repository in; without it a temporary one is made, and removed by `remove`. */
  readonly root?: string;
  readonly name?: string;
}

/**
 * A real repository with fixed identity and dates: the same calls give the same object ids on every machine.
 *
 * It lives in a folder of its own (`root`), where its clones stand beside it, so that one `remove()` leaves nothing
 * behind and `root` serves as `git.roots`. All paths are real paths.
 */
export class GitRepository {
  readonly root: string;
  readonly path: string;

  constructor({ objectFormat = 'sha1', bare = false, root, name = 'repo' }: GitRepositoryOptions = {}) {
    this.root = root ?? realpathSync(mkdtempSync(join(tmpdir(), 'repo-')));
    this.path = join(this.root, name);
    mkdirSync(this.path, { recursive: true });
    const format = objectFormat === 'sha256' ? ['--object-format=sha256'] : [];
    this.git(['init', '--quiet', '--initial-branch=main', ...format, ...(bare ? ['--bare'] : [])]);
  }

  /** Adds an empty commit (or one of what is staged), dated `at` seconds since 1970 UTC, and returns its id. */
  commit(subject: string, at = NOON): string {
    // The "@" makes git read a small number as seconds, not as a malformed calendar date.
    const dates = { GIT_AUTHOR_DATE: `@${at} +0000`, GIT_COMMITTER_DATE: `@${at} +0000` };
    this.git(
      ['commit', '--quiet', '--no-verify', '--allow-empty', '--allow-empty-message', '-m', subject],
      dates,
    );
    return this.committed();
  }

  /** Writes the files (`null` deletes), stages everything and commits. */
  commitFiles(subject: string, files: Readonly<Record<string, string | Buffer | null>>, at = NOON): string {
    for (const [path, content] of Object.entries(files)) {
      if (content === null) rmSync(this.file(path));
      else this.write(path, content);
    }
    this.git(['add', '--all']);
    return this.commit(subject, at);
  }

  /** Writes into the work tree, making folders as needed, and stages nothing. */
  write(path: string, content: string | Buffer, mode?: number): this {
    mkdirSync(dirname(this.file(path)), { recursive: true });
    writeFileSync(this.file(path), content);
    if (mode !== undefined) chmodSync(this.file(path), mode);
    return this;
  }

  read(path: string): string {
    return readFileSync(this.file(path), 'utf8');
  }

  has(path: string): boolean {
    return existsSync(this.file(path));
  }

  file(path: string): string {
    return join(this.path, path);
  }

  stage(...paths: readonly string[]): this {
    this.git(['add', '--', ...paths]);
    return this;
  }

  /** Makes a branch without switching to it. */
  branch(name: string, at = 'HEAD'): this {
    this.git(['branch', name, at]);
    return this;
  }

  checkout(target: string): this {
    this.git(['checkout', '--quiet', target]);
    return this;
  }

  tag(name: string, at = 'HEAD'): this {
    this.git(['tag', name, at]);
    return this;
  }

  config(key: string, value: string): this {
    this.git(['config', '--local', '--add', key, value]);
    return this;
  }

  head(): string {
    return this.revision('HEAD');
  }

  revision(name: string): string {
    return this.git(['rev-parse', '--verify', name]).trim();
  }

  currentBranch(): string {
    return this.git(['symbolic-ref', '--short', 'HEAD']).trim();
  }

  status(): string {
    return this.git(['status', '--porcelain']);
  }

  /** Throws where the repository is damaged. */
  fsck(): void {
    this.git(['fsck', '--full', '--strict']);
  }

  /** A clone with a work tree beside this repository, with this one as `origin`. */
  clone(name = 'clone'): GitRepository {
    return this.cloned(name, []);
  }

  /** A bare clone beside this repository. */
  cloneBare(name = 'remote.git'): GitRepository {
    return this.cloned(name, ['--bare']);
  }

  /** A clone beside this repository that has no content of files, and none in its work tree. */
  clonePartial(name = 'part'): GitRepository {
    this.config('uploadpack.allowFilter', 'true');
    return this.cloned(name, ['--filter=blob:none', '--no-checkout'], `file://${this.path}`);
  }

  /** A bare clone beside this repository as its `origin`, which has been fetched from. Returns it. */
  addOrigin(name?: string): GitRepository {
    const origin = this.cloneBare(name);
    this.git(['remote', 'add', 'origin', origin.path]);
    this.git(['fetch', '--quiet', 'origin']);
    return origin;
  }

  /** Two branches that change the same line: `main` (checked out) and `other`. Returns both ends. */
  diverge(path = 'file.txt'): { main: string; other: string } {
    this.commitFiles('base', { [path]: 'base\n' });
    this.branch('other');
    const main = this.commitFiles('on main', { [path]: 'main\n' }, NOON + 1);
    this.checkout('other');
    const other = this.commitFiles('on other', { [path]: 'other\n' }, NOON + 2);
    this.checkout('main');
    return { main, other };
  }

  /** Leaves the operation open with `path` in conflict, between `main` and `other`. */
  conflict(operation: 'merge' | 'rebase' | 'cherry-pick' | 'revert', path = 'file.txt'): this {
    const { main } = this.diverge(path);
    if (operation === 'revert') this.commitFiles('later', { [path]: 'later\n' }, NOON + 3);
    const args = operation === 'revert' ? ['revert', '--no-edit', main] : [operation, 'other'];
    this.fails(args);
    return this;
  }

  /** Runs git and returns its standard output; throws where it fails. */
  git(args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
    return execFileSync('git', args, { ...this.options(env), encoding: 'utf8' });
  }

  /** The same for output that need not be text. */
  bytes(args: readonly string[]): Buffer {
    return execFileSync('git', args, this.options({}));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** HEAD right after a commit: its branch lies in a file of its own, which is read sooner than git is started. */
  private committed(): string {
    const head = this.file('.git/HEAD');
    if (!existsSync(head)) return this.head();
    const said = readFileSync(head, 'utf8').trim();
    return said.startsWith('ref: ') ? this.read(`.git/${said.slice('ref: '.length)}`).trim() : said;
  }

  private cloned(name: string, options: readonly string[], from = this.path): GitRepository {
    this.git(['clone', '--quiet', ...options, from, join(this.root, name)]);
    const clone = Object.create(GitRepository.prototype) as { root: string; path: string };
    return Object.assign(clone, { root: this.root, path: join(this.root, name) }) as GitRepository;
  }

  private options(env: Readonly<Record<string, string>>) {
    return {
      cwd: this.path,
      env: { ...process.env, ...ISOLATED, ...ADA, ...env },
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'pipe'] satisfies StdioOptions,
    };
  }

  private fails(args: readonly string[]): void {
    try {
      this.git(args);
    } catch {
      return;
    }
    throw new Error(`git ${args.join(' ')} was expected to stop with a conflict`);
  }
}
