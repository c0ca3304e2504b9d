import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { Injectable, Logger } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { isRunning } from '../../shared/process-identity.js';
import { ownerIn } from './owner-mark.js';
import { ProcessGroup } from './process-group.js';

/**
 * Git processes of servers that were killed. Such a git goes on writing, so it has to be gone before anybody judges what
 * became of its work, or whose a lock is.
 */
@Injectable()
export class OrphanedProcesses {
  private readonly logger = new Logger(OrphanedProcesses.name);

  constructor(private readonly config: GitConfig) {}

  /**
   * Ends them, SIGTERM first, and waits until they are gone. Those of a server that runs are left alone, and so are
   * those of other users and containers, whose servers cannot be seen from here. Nothing is found but on Linux.
   *
   * @returns how many groups of processes there were
   */
  async end(): Promise<number> {
    const groups = orphanedGroups();
    if (groups.length === 0) return 0;
    this.logger.warn('Ending git processes of a server that was killed', { groups });
    await Promise.all(groups.map((group) => new ProcessGroup(group, this.config.killGrace).end()));
    return groups.length;
  }
}

function orphanedGroups(): readonly number[] {
  const here = orUndefined(() => readlinkSync('/proc/self/ns/pid'));
  const pids = orUndefined(() => readdirSync('/proc').filter((name) => /^\d+$/.test(name))) ?? [];
  const groups = pids.filter((pid) => isOrphan(pid, here)).map(groupOf);
  return [...new Set(groups)].filter((group): group is number => group !== undefined);
}

function isOrphan(pid: string, here: string | undefined): boolean {
  const owner = ownerIn(orUndefined(() => readFileSync(`/proc/${pid}/environ`, 'utf8')) ?? '');
  if (owner === undefined || isRunning(owner)) return false;
  return orUndefined(() => readlinkSync(`/proc/${pid}/ns/pid`)) === here;
}

/** A group of 1 or less would be everybody. */
function groupOf(pid: string): number | undefined {
  const stat = orUndefined(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === undefined) return undefined;
  // proc(5): the name, in parentheses, may hold anything; state, parent and group follow it.
  const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  return group > 1 && group !== process.pid ? group : undefined;
}

// A process may end while it is looked at, and another user's shows nothing.
function orUndefined<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
