import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { statSignature } from '../cli/stat-signature.js';
import { type AllowedRoots, pathNotAllowed, realPathOf } from './allowed-roots.js';
import { entryKind, SmallTextFiles } from './small-text-file.js';

export interface GitFolders {
  readonly gitDir: string;
  readonly commonDir: string;
}

/** What git reads in its folder, any of which could be a link to somewhere else. */
const OWN = ['HEAD', 'index', 'logs', 'config.worktree'];
const SHARED = [
  'objects',
  'refs',
  'packed-refs',
  'config',
  'info',
  'logs',
  'reftable',
  'objects/info',
  'objects/pack',
];
const MAX_BORROWED = 16;
const MAX_REPOSITORIES = 1_024;

/** Finds git's own folders, and sees to it that none of them, nor what they borrow from, lies outside the roots. */
export class GitFolderFinder {
  private readonly lines: SmallTextFiles<readonly string[]>;
  // No entry of a folder becomes a link without the folder's times changing.
  private readonly complete = new Map<string, string>();

  constructor(
    private readonly roots: AllowedRoots,
    private readonly clock: Clock,
  ) {
    this.lines = new SmallTextFiles((text) => text.split('\n').map((line) => line.replace(/\r$/, '')), clock);
  }

  /**
   * @param workTree real path of a folder inside the roots
   * @returns `undefined` if the folder has no `.git` that git would take for one
   * @throws ServerError `path_not_allowed` if what it has leads outside
   */
  ofWorkTree(workTree: string): GitFolders | undefined {
    const dotGit = join(workTree, '.git');
    const kind = entryKind(dotGit);
    if (kind === 'absent' || kind === 'other') return undefined;
    if (kind === 'file') return this.verified(this.inside(this.pointedAt(dotGit)));
    return this.verified(kind === 'folder' ? dotGit : this.inside(dotGit));
  }

  /** The folder itself, if it is laid out as a bare repository. */
  ofBare(folder: string): GitFolders | undefined {
    return this.verified(folder);
  }

  private verified(gitDir: string): GitFolders | undefined {
    const commonDir = this.commonDirOf(gitDir);
    const objects = join(commonDir, 'objects');
    const packs = join(objects, 'pack');
    const entries = [...new Set([gitDir, commonDir, objects, packs])].map(statSignature);
    const signature = entries.map(({ text }) => text).join(' ');
    if (this.complete.get(gitDir) !== signature) {
      this.complete.delete(gitDir);
      if (!isComplete(gitDir, commonDir)) return undefined;
      this.refuseLinksOut(gitDir, OWN);
      this.refuseLinksOut(commonDir, SHARED);
      this.refuseObjectsOut(objects);
      if (entries.every(({ settled }) => settled(this.clock.nowMs()))) this.remember(gitDir, signature);
    }
    this.refuseBorrowingOutside(objects);
    return { gitDir, commonDir };
  }

  private remember(gitDir: string, signature: string): void {
    const oldest = this.complete.keys().next();
    if (this.complete.size >= MAX_REPOSITORIES && !oldest.done) this.complete.delete(oldest.value);
    this.complete.set(gitDir, signature);
  }

  private commonDirOf(gitDir: string): string {
    const [line] = this.lines.read(join(gitDir, 'commondir')) ?? [];
    if (!line || entryKind(join(gitDir, 'HEAD')) === 'absent') return gitDir;
    return this.inside(resolve(gitDir, line));
  }

  private pointedAt(gitFile: string): string {
    const [line = ''] = this.lines.read(gitFile) ?? [];
    const target = /^gitdir: (.+)$/.exec(line)?.[1];
    if (target !== undefined) return resolve(dirname(gitFile), target);
    throw new ServerError('not_a_repository', 'The .git file of the folder does not name a git directory');
  }

  private refuseLinksOut(folder: string, names: readonly string[]): void {
    for (const name of names) {
      const path = join(folder, name);
      if (entryKind(path) === 'link') this.inside(path);
    }
  }

  /** A folder of loose objects, or a pack, that is a link would be another repository's. */
  private refuseObjectsOut(objects: string): void {
    for (const folder of [objects, join(objects, 'pack')]) this.refuseLinksOut(folder, linksIn(folder));
  }

  private refuseBorrowingOutside(objects: string): void {
    const toVisit = [objects];
    for (const [index, folder] of toVisit.entries()) {
      if (index > MAX_BORROWED) throw pathNotAllowed();
      const borrowed = this.lines.read(join(folder, 'info', 'alternates')) ?? [];
      const named = borrowed.filter((line) => line !== '' && !line.startsWith('#'));
      const found = named.map((line) => this.inside(resolve(folder, line)));
      for (const path of found) this.refuseObjectsOut(path);
      toVisit.push(...found.filter((path) => !toVisit.includes(path)));
    }
  }

  private inside(path: string): string {
    const real = realPathOf(path);
    if (real !== undefined && this.roots.contains(real)) return real;
    throw pathNotAllowed();
  }
}

function linksIn(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name);
  } catch {
    return [];
  }
}

function isComplete(gitDir: string, commonDir: string): boolean {
  const needed = [join(gitDir, 'HEAD'), join(commonDir, 'objects'), join(commonDir, 'refs')];
  return needed.every((path) => entryKind(path) !== 'absent');
}
