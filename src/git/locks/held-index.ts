import { constants } from 'node:fs';
import { copyFile, type FileHandle, lstat, open, rename, rm, unlink, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const INDEX_LOCK = 'index.lock';
/** In git's folder of a work tree, while a command works on it in place of the index. */
const COPY = 'mcp-git-index';
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** Clocks of files may be as coarse as a second: what is younger than that before the copy, git looks into. */
const DOUBT_MS = 1_000;

/**
 * The index of a work tree, locked as git locks it, with a copy for one command of ours to work on. git's merge, commit
 * and stash read the index before they lock it, so that what another git stages in between is lost to them; with the lock
 * held from before that, the other git is told that it is locked.
 */
export class HeldIndex {
  private constructor(
    private readonly gitDir: string,
    /** Open, so that whoever looks for the lock's owner finds this process. */
    private readonly lock: FileHandle,
    private readonly before: string | undefined,
  ) {}

  /** What the command is to take for the index. */
  get path(): string {
    return join(this.gitDir, COPY);
  }

  /**
   * @returns `undefined` where somebody else holds the lock
   * @throws Error where git's folder cannot be written to
   */
  static async take(gitDir: string): Promise<HeldIndex | undefined> {
    const lock = await makeLock(gitDir);
    if (lock === undefined) return undefined;
    try {
      await bringCopy(gitDir);
      return new HeldIndex(gitDir, lock, await makeCopy(gitDir));
    } catch (error) {
      await lock.close();
      await removeAll(gitDir);
      throw error;
    }
  }

  /** Puts what the command has written in the index's place, and gives the lock back. */
  async release(): Promise<void> {
    const written = await signature(this.path);
    if (written !== undefined && written !== this.before) await rename(this.path, join(this.gitDir, 'index'));
    await this.lock.close();
    await removeAll(this.gitDir);
  }
}

/**
 * Removes a lock whose owner is dead. A command of ours may have moved HEAD before it died, and only its copy of the index
 * knows of that: it comes first.
 */
export async function removeDeadLock(path: string): Promise<void> {
  if (basename(path) === INDEX_LOCK) await bringCopy(dirname(path));
  await unlink(path);
}

/** Unless the index was written since. */
async function bringCopy(gitDir: string): Promise<void> {
  const [copy, index] = [join(gitDir, COPY), join(gitDir, 'index')];
  const [ours, theirs] = await Promise.all([copy, index].map((path) => lstat(path).catch(() => undefined)));
  if (ours?.isFile() === true && (theirs === undefined || theirs.mtimeMs <= ours.ctimeMs))
    await rename(copy, index);
}

/** @returns what tells whether it was written; `undefined` where nothing was staged ever, and there is no index */
async function makeCopy(gitDir: string): Promise<string | undefined> {
  const [copy, index] = [join(gitDir, COPY), join(gitDir, 'index')];
  await rm(copy, { force: true });
  const stats = await lstat(index).catch(() => undefined);
  if (stats === undefined) return undefined;
  // Under another name until it is whole: whoever finds it after a crash takes it for the index.
  await copyFile(index, `${copy}.new`, constants.COPYFILE_FICLONE);
  const seconds = Math.floor((stats.mtimeMs - DOUBT_MS) / 1_000);
  await utimes(`${copy}.new`, seconds, seconds);
  await rename(`${copy}.new`, copy);
  return signature(copy);
}

async function makeLock(gitDir: string): Promise<FileHandle | undefined> {
  try {
    return await open(join(gitDir, INDEX_LOCK), NEW, 0o666);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

/** The lock last. */
async function removeAll(gitDir: string): Promise<void> {
  const copy = join(gitDir, COPY);
  await Promise.all([copy, `${copy}.new`, `${copy}.lock`].map((path) => rm(path, { force: true })));
  await rm(join(gitDir, INDEX_LOCK), { force: true });
}

async function signature(path: string): Promise<string | undefined> {
  const stats = await lstat(path, { bigint: true }).catch(() => undefined);
  return stats && `${stats.ino}:${stats.size}:${stats.mtimeNs}`;
}
