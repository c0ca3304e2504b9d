import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { tracedOwner } from '../observability/operation-trace.js';
import { ResourceLedger } from '../resources/resource.ledger.js';
import { isRunning, pidNamespace, thisProcess } from '../shared/process-identity.js';

/** What a folder is for, as its name has it. */
type Purpose = 'index' | 'objects' | 'merge';

const LABEL: Readonly<Record<Purpose, string>> = {
  index: 'copies of an index',
  objects: 'objects of a merge or signature on trial',
  merge: 'sides of a conflict',
};
const PREFIX = 'mcp-git-server-';
let swept: Promise<void> | undefined;

export interface TemporaryFolder {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** Folders in the system's place for such, named after this process. What killed processes have left goes with the first one. */
@Injectable()
export class TemporaryFolders {
  constructor(private readonly resources: ResourceLedger) {}

  /** @param owner who removes it */
  async make(purpose: Purpose, owner: string): Promise<TemporaryFolder> {
    swept ??= removeLeftFolders();
    await swept;
    const { pid, startedAt } = thisProcess();
    const name = `${PREFIX}${purpose}-${namespaceNumber()}-${pid}-${startedAt}-`;
    const path = await mkdtemp(join(tmpdir(), name));
    const id = this.resources.acquire({ type: 'temporary-folder', label: LABEL[purpose], owner });
    const remove = async () => {
      await rm(path, { recursive: true, force: true });
      this.resources.release(id);
    };
    return { path, remove };
  }

  /** @param work is given a folder that is gone when it has ended */
  async use<T>(purpose: Purpose, work: (folder: string) => Promise<T>): Promise<T> {
    const { path, remove } = await this.make(purpose, tracedOwner() ?? 'git');
    try {
      return await work(path);
    } finally {
      await remove();
    }
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
