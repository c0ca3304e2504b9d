import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { type Server } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Inject, Injectable, Logger } from '@nestjs/common';

import { type Environment } from '../../config/environment.js';
import { MetricsRegistry } from '../../observability/metrics.registry.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import {
  bootId,
  isRunning,
  pidNamespace,
  type ProcessIdentity,
  thisProcess,
} from '../../shared/process-identity.js';
import { parentDeathGuard } from '../cli/parent-death-guard.js';
import { SERVER_ENVIRONMENT } from '../cli/server-environment.js';
import { readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { removeLeftLocks } from './left-locks.js';
import { lifeSign, showLife } from './life-sign.js';
import { type LockedPlace } from './lock-users.js';

/** Beneath the common folder, for as long as somebody writes. */
const NAME = 'mcp-git-writer.json';
/** What a writer that cannot be seen from here has left is surely dead then: no deadline of git is longer. */
const UNSEEN_MS = 900_000;
/** In that time the gits of a dead server, which the kernel signals at once, have come to their end. */
const GUARDED_MS = 2_000;
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

interface Mark extends ProcessIdentity {
  readonly host: string;
  /** Processes of another one cannot be seen. */
  readonly pids: string;
  /** Of the system, whichever of its containers this is. */
  readonly boot: string;
  /** Its gits end with it. */
  readonly guarded: boolean;
  readonly path: string;
  readonly gitDir: string;
  readonly sinceMs: number;
}

/**
 * Says in the repository which server writes to it. Whoever finds the mark of a server that is dead knows that the locks
 * made since were that server's, and removes those that nobody holds.
 */
@Injectable()
export class WriterMark {
  private readonly logger = new Logger(WriterMark.name);
  private readonly marked = new Map<string, Server | undefined>();
  private readonly host = hostname();
  private readonly pids = pidNamespace();
  private readonly boot = bootId();
  private removed = 0;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: MetricsRegistry,
    @Inject(SERVER_ENVIRONMENT) private readonly server: Environment,
  ) {
    const help = "Lock files of git that were removed because their writer, a git of this server's, was dead";
    metrics.gauge('mcp_git_left_locks_removed', help, () => this.removed);
  }

  /** Never fails: without a mark the work is done all the same, and only what a kill leaves is an operator's. */
  async set(repository: Repository): Promise<void> {
    if (this.write(repository)) return;
    const before = parse(readSmallFile(join(repository.commonDir, NAME)));
    if (before !== undefined) {
      const leastAgeMs = await this.ageOfLeft(before, repository);
      if (leastAgeMs === undefined) return;
      const place = { ...repository, path: before.path };
      const kept = await this.heal(place, before.sinceMs, leastAgeMs);
      if (kept > 0) return;
    }
    this.remove(repository.commonDir);
    this.write(repository);
  }

  /** The work is over, however it ended. */
  clear({ commonDir }: Pick<Repository, 'commonDir'>): void {
    if (!this.marked.has(commonDir)) return;
    // The socket goes first: once the mark is gone, there may be one of somebody else's in its place.
    this.marked.get(commonDir)?.close();
    this.marked.delete(commonDir);
    this.remove(commonDir);
  }

  /**
   * Removes what a git of ours that somebody has killed left behind.
   *
   * @param sinceMs when it was started, in milliseconds since 1970
   * @returns how many locks stay: somebody may hold them
   */
  async heal(place: LockedPlace, sinceMs: number, leastAgeMs = 0): Promise<number> {
    try {
      const { removed, kept } = await removeLeftLocks(place, sinceMs, this.clock.nowMs(), leastAgeMs);
      this.removed += removed.length;
      if (removed.length > 0) this.logger.warn('Locks of a dead writer were removed', { locks: removed });
      return kept.length;
    } catch (err) {
      this.logger.warn('Locks of a dead writer could not be removed', { err });
      return 0;
    }
  }

  private write({ path, gitDir, commonDir }: Repository): boolean {
    const { host, pids, boot } = this;
    const guarded = parentDeathGuard(this.server['PATH']).length > 0;
    const here = { host, pids, boot, guarded, path, gitDir };
    const mark: Mark = { ...thisProcess(), ...here, sinceMs: this.clock.nowMs() };
    let descriptor: number;
    try {
      descriptor = openSync(join(commonDir, NAME), NEW, 0o600);
    } catch (error) {
      // Somebody's mark is there; or the folder is not, or is not ours to write to, and git will say so.
      return (error as NodeJS.ErrnoException).code !== 'EEXIST';
    }
    this.marked.set(commonDir, undefined);
    try {
      writeSync(descriptor, JSON.stringify(mark));
      this.marked.set(commonDir, showLife(commonDir));
    } catch {
      this.clear({ commonDir });
    } finally {
      closeSync(descriptor);
    }
    return true;
  }

  /** @returns how old locks have to be to be surely those of a dead writer, in milliseconds; nothing where it lives */
  private async ageOfLeft(mark: Mark, { commonDir }: Repository): Promise<number | undefined> {
    const { host, pids, boot, guarded } = mark;
    if (host === this.host && pids === this.pids && pids !== '') return isRunning(mark) ? undefined : 0;
    if (boot !== this.boot || boot === '' || guarded !== true) return UNSEEN_MS;
    const first = await lifeSign(commonDir);
    if (first === 'dead') await pause(GUARDED_MS);
    // Another one may have begun meanwhile, and younger locks would be that one's.
    const sign = first === 'dead' ? await lifeSign(commonDir) : first;
    if (sign === 'alive') return undefined;
    return sign === 'dead' ? GUARDED_MS : UNSEEN_MS;
  }

  private remove(commonDir: string): void {
    try {
      rmSync(join(commonDir, NAME), { force: true });
    } catch (err) {
      this.logger.warn('The mark of a writer could not be removed', { err });
    }
  }
}

function parse(text = ''): Mark | undefined {
  try {
    const mark = JSON.parse(text) as Partial<Mark> | null;
    const isWhole = typeof mark?.path === 'string' && typeof mark.sinceMs === 'number';
    return isWhole ? (mark as Mark) : undefined;
  } catch {
    return undefined;
  }
}
