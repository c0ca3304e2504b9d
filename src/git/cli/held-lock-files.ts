import { lstatSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';

interface HeldLockFile {
  readonly path: string;
  readonly identity: string;
}

/**
 * The lock files that processes have open. git opens a lock by making it, where there was none, so each of them is
 * theirs and nobody else's.
 */
export function lockFilesHeldBy(pids: readonly string[]): readonly HeldLockFile[] {
  return pids.flatMap((pid) => descriptorsOf(pid).flatMap(heldLockFile));
}

/** Once those who held them are dead. A file that took the place of one of them stays. */
export function removeLockFiles(files: readonly HeldLockFile[]): void {
  for (const { path, identity } of files) {
    if (orUndefined(() => identityOf(lstatSync(path))) === identity) orUndefined(() => rmSync(path));
  }
}

function descriptorsOf(pid: string): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return orUndefined(() => readdirSync(folder).map((descriptor) => `${folder}/${descriptor}`)) ?? [];
}

function heldLockFile(descriptor: string): HeldLockFile[] {
  const path = orUndefined(() => readlinkSync(descriptor));
  const identity = orUndefined(() => identityOf(statSync(descriptor)));
  return path?.endsWith('.lock') && identity !== undefined ? [{ path, identity }] : [];
}

function identityOf({ dev, ino }: { readonly dev: number; readonly ino: number }): string {
  return `${dev}:${ino}`;
}

// A process may end, and a file go, while it is looked at; elsewhere than on Linux there is nothing to look at.
function orUndefined<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
