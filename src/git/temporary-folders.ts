import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isRunning, pidNamespace, thisProcess } from '../shared/process-identity.js';

/** What a folder is for, as its name has it. */
type Purpose = 'index' | 'objects' | 'merge';

const PREFIX = 'mcp-git-server-';
let swept: Promise<void> | undefined;

/** In the system's folder for such, named after this process. What killed processes have left goes with the first one. */
export async function makeTemporaryFolder(purpose: Purpose): Promise<string> {
  swept ??= removeLeftFolders();
  await swept;
  const { pid, startedAt } = thisProcess();
  return mkdtemp(join(tmpdir(), `${PREFIX}${purpose}-${namespaceNumber()}-${pid}-${startedAt}-`));
}

/** @param work is given a folder that is gone when it has ended */
export async function withTemporaryFolder<T>(
  purpose: Purpose,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await makeTemporaryFolder(purpose);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of processes that are dead for certain: those of another pid namespace cannot be seen from here. */
export async function removeLeftFolders(): Promise<void> {
  const left = (await readdir(tmpdir()).catch((): string[] => [])).filter(isLeft);
  const removed = left.map((name) => rm(join(tmpdir(), name), { recursive: true, force: true }));
  await Promise.allSettled(removed); // Somebody else's cannot be removed, and need not be.
}

function isLeft(name: string): boolean {
  const [, namespace, pid, startedAt] = /^mcp-git-server-[a-z]+-(\d+)-(\d+)-(\d+)-\w+$/.exec(name) ?? [];
  if (namespace !== namespaceNumber()) return false;
  return !isRunning({ pid: Number(pid), startedAt: Number(startedAt) });
}

function namespaceNumber(): string {
  return /\d+/.exec(pidNamespace())?.[0] ?? '0';
}
