import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { GitRepository } from '../git-repository.js';
import { RestorableFolder } from './restorable-folder.js';

/** Stands in every file outside the roots. No answer may ever hold it. */
export const SECRET = 'TOPSECRET2';

/**
 * Where attacks are tried: `roots` is what the server may work on, `outside` is what it may not touch, and in
 * `canaries` a file appears for each program that runs and should not.
 */
export class AttackPlace {
  readonly base = realpathSync(mkdtempSync(join(tmpdir(), 'attack-')));
  readonly roots = join(this.base, 'roots');
  readonly outside = join(this.base, 'outside');
  readonly canaries = join(this.base, 'canaries');
  readonly repo = join(this.roots, 'repo');
  readonly remote = join(this.roots, 'remote.git');
  private readonly restorable = new RestorableFolder(this.roots, join(this.base, 'saved'));
  private outsideBefore = '';
  private changed = false;

  private constructor() {
    for (const folder of [this.roots, this.outside, this.canaries]) mkdirSync(folder);
  }

  /** @param like another one that nobody has touched: its repositories are copied instead of made */
  static make(like?: AttackPlace): AttackPlace {
    const place = new AttackPlace();
    if (like) place.copy(like);
    else {
      writeFileSync(join(place.outside, 'secret.txt'), `${SECRET}\n`);
      new GitRepository({ root: place.outside, name: 'private' }).commitFiles(SECRET, {
        [`${SECRET}.txt`]: SECRET,
      });
      place.ordinary();
    }
    place.seal();
    return place;
  }

  static several(count: number): readonly AttackPlace[] {
    const first = AttackPlace.make();
    return [first, ...Array.from({ length: count - 1 }, () => AttackPlace.make(first))];
  }

  get repository(): GitRepository {
    const repository = Object.create(GitRepository.prototype) as object;
    return Object.assign(repository, { root: this.roots, path: this.repo }) as GitRepository;
  }

  /** A shell command that leaves the canary of this name, and minds no arguments. */
  program(name: string): string {
    return `touch ${join(this.canaries, name)} #`;
  }

  /** The same for one that passes its input on. */
  filter(name: string): string {
    return `touch ${join(this.canaries, name)}; cat #`;
  }

  /** What is in `roots` now is what `restore` brings back; what is outside now is what has to stay. */
  seal(): void {
    this.restorable.seal();
    this.outsideBefore = contentOf(this.outside);
    this.changed = false;
    this.silence();
  }

  /** Somebody may have written into `roots`. */
  touch(): void {
    this.changed = true;
  }

  /** Where nobody has written there is nothing to bring back. */
  restore(): void {
    if (!this.changed) return;
    this.changed = false;
    this.restorable.restore();
  }

  /** The canaries that have appeared since the last time somebody asked. */
  sung(): readonly string[] {
    const names = readdirSync(this.canaries);
    this.silence();
    return names;
  }

  /** Whether anything outside the roots is other than it was. */
  outsideChanged(): boolean {
    return contentOf(this.outside) !== this.outsideBefore;
  }

  remove(): void {
    rmSync(this.base, { recursive: true, force: true });
  }

  private copy({ roots, outside, repo }: AttackPlace): void {
    cpSync(roots, this.roots, { recursive: true, verbatimSymlinks: true });
    cpSync(outside, this.outside, { recursive: true, verbatimSymlinks: true });
    const config = readFileSync(join(repo, '.git/config'), 'utf8');
    writeFileSync(join(this.repo, '.git/config'), config.replaceAll(roots, this.roots));
  }

  private silence(): void {
    for (const name of readdirSync(this.canaries)) rmSync(join(this.canaries, name));
  }

  /** Two branches that can be merged, a remote that is one commit ahead, changes of every kind in the work tree. */
  private ordinary(): void {
    const repo = new GitRepository({ root: this.roots, name: 'repo' });
    repo.commitFiles('first', { 'a.txt': 'one\n', 'b.txt': 'one\n', 'folder/c.txt': 'one\n' }, 1_700_000_000);
    repo.commitFiles('second', { 'a.txt': 'two\n' }, 1_700_000_001);
    repo.branch('other').branch('spare').tag('v1');
    repo.checkout('other').commitFiles('on other', { 'other.txt': 'x\n' }, 1_700_000_002);
    repo.checkout('main').commitFiles('on main', { 'main.txt': 'x\n' }, 1_700_000_003);
    const remote = repo.cloneBare();
    repo.git(['remote', 'add', 'origin', remote.path]);
    repo.git(['push', '--quiet', 'origin', 'other:ahead', 'main']);
    repo.git(['fetch', '--quiet', 'origin']);
    repo.write('b.txt', 'staged\n').stage('b.txt').write('new.txt', 'untracked\n');
  }
}

/** Names, kinds and contents of everything below a folder. */
function contentOf(folder: string): string {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const lines = entries.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) return `${path} -> ${readlinkSync(path)}`;
    return `${path} ${entry.isFile() && existsSync(path) ? readFileSync(path, 'base64') : ''}`;
  });
  return lines.toSorted().join('\n');
}
