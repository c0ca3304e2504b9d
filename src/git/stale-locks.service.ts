import { type Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { CLOCK, type Clock } from '../shared/clock.js';
import { ServerError } from '../shared/errors/index.js';
import { removeDeadLock } from './locks/held-index.js';
import { usersOf } from './locks/lock-users.js';
import { REPOSITORY_LOCKS, type RepositoryLocks } from './repository-locks.port.js';
import { type Repository } from './repository.js';

export interface LockFile {
  /** Beneath the repository's git folder, for example `index.lock`. */
  readonly name: string;
  readonly ageMs: number;
  /** Nobody holds it: see `proof`. */
  readonly stale: boolean;
  /** What was looked at, and what was found. */
  readonly proof: string;
}

interface JudgedLock {
  readonly path: string;
  readonly lock: LockFile;
}

/** A process between making a lock and opening it would be missed; none takes this long. */
const LEAST_AGE_MS = 10_000;
const OPERATOR = { sessionId: 'operator', requestId: 'locks', tool: 'clear stale locks' };

/**
 * Lock files of git that a killed process left behind. One is stale only with proof: it is this user's own, old enough,
 * no process of this user has it open, and no git works in its repository; and no operation of ours may run meanwhile.
 */
@Injectable()
export class StaleLocks {
  constructor(
    @Inject(REPOSITORY_LOCKS) private readonly locks: RepositoryLocks,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Lock files right in the git folder and the common one. */
  async find(repository: Repository): Promise<readonly LockFile[]> {
    return (await this.judged(repository)).map(({ lock }) => lock);
  }

  /**
   * Removes the stale ones with the repository's writer lock held.
   *
   * @returns those that were removed
   * @throws ServerError `repository_busy`; `operation_failed` naming who holds a lock, where none can be removed
   */
  async clear(repository: Repository, signal: AbortSignal): Promise<readonly LockFile[]> {
    const release = await this.locks.acquire(repository, OPERATOR, signal);
    try {
      const found = await this.judged(repository);
      const stale = found.filter(({ lock }) => lock.stale);
      if (found.length > 0 && stale.length === 0) throw held(found.map(({ lock }) => lock));
      for (const { path } of stale) await removeDeadLock(path);
      return stale.map(({ lock }) => lock);
    } finally {
      release();
    }
  }

  private async judged(repository: Repository): Promise<readonly JudgedLock[]> {
    const paths = await lockPaths(repository);
    if (paths.length === 0) return [];
    const users = await usersOf(repository, paths);
    const judged = await Promise.all(
      paths.map(async (path) => {
        // One that is gone by now needs no judgement.
        const stats = await stat(path).catch(() => undefined);
        return stats === undefined ? [] : [{ path, lock: this.judge(path, stats, users) }];
      }),
    );
    return judged.flat();
  }

  private judge(path: string, { mtimeMs, uid }: Stats, users: readonly string[]): LockFile {
    const ageMs = Math.max(0, this.clock.nowMs() - mtimeMs);
    const name = path.slice(path.lastIndexOf('/') + 1);
    const not = (proof: string): LockFile => ({ name, ageMs, stale: false, proof });
    if (process.platform !== 'linux') return not('only Linux shows who has a file open');
    if (uid !== process.getuid?.()) return not('it belongs to another user, whose processes cannot be seen');
    if (users.length > 0) return not(`in use by ${users.join(', ')}`);
    if (ageMs < LEAST_AGE_MS) return not(`it is only ${Math.round(ageMs / 1_000)} s old`);
    const age = Math.round(ageMs / 1_000);
    return {
      name,
      ageMs,
      stale: true,
      proof: `${age} s old, open in no process, and no git works in the repository`,
    };
  }
}

async function lockPaths({ gitDir, commonDir }: Repository): Promise<readonly string[]> {
  const folders = [...new Set([gitDir, commonDir])];
  const found = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(folder, { withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile() && entry.name.endsWith('.lock'))
        .map(({ name }) => join(folder, name));
    }),
  );
  return found.flat();
}

function held(locks: readonly LockFile[]): ServerError {
  const details = { locks: locks.map(({ name, proof }) => ({ name, proof })) };
  return new ServerError(
    'operation_failed',
    'No lock file is proved to be stale; details say who holds each',
    { details },
  );
}
