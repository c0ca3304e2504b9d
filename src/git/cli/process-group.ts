import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { lockFilesHeldBy, removeLockFiles } from './held-lock-files.js';

/** How often an ending group is looked at. */
const LOOK_EVERY_MS = 10;
/** What SIGKILL needs at most; after it the processes can do nothing, even if the kernel still lists them. */
const KILL_SETTLES_MS = 1_000;

/** A process that leads a group of its own, and whatever it has started. Ends them all, never more. */
export class ProcessGroup {
  private ending: Promise<void> | undefined;

  constructor(
    private readonly leaderPid: number,
    private readonly graceMs: number,
  ) {}

  /**
   * SIGTERM first: git removes its lock files then, which SIGKILL would leave behind. Resolves when nobody of the
   * group runs; may be called many times.
   */
  end(): Promise<void> {
    this.ending ??= this.endOnce();
    return this.ending;
  }

  private async endOnce(): Promise<void> {
    if (!this.signal('SIGTERM')) return;
    if (await this.goneWithin(this.graceMs)) return;
    // Whoever is killed cannot remove its locks; what they are only shows while it lives.
    const locks = lockFilesHeldBy(aliveIn(this.leaderPid) ?? []);
    this.signal('SIGKILL');
    if (await this.goneWithin(KILL_SETTLES_MS)) removeLockFiles(locks);
  }

  private async goneWithin(waitMs: number): Promise<boolean> {
    for (let waitedMs = 0; waitedMs <= waitMs; waitedMs += LOOK_EVERY_MS) {
      if (!this.running()) return true;
      await sleep(LOOK_EVERY_MS);
    }
    return !this.running();
  }

  private running(): boolean {
    return this.signal(0) && aliveIn(this.leaderPid)?.length !== 0;
  }

  private signal(signal: NodeJS.Signals | 0): boolean {
    try {
      return process.kill(-this.leaderPid, signal);
    } catch {
      return false;
    }
  }
}

/**
 * A zombie answers to signals as well; where nobody reaps it, only /proc tells that it is dead.
 *
 * @returns the ids of its processes; `undefined` where the system does not tell
 */
function aliveIn(groupId: number): readonly string[] | undefined {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isAliveIn(name, groupId));
  } catch {
    return undefined;
  }
}

function isAliveIn(pid: string, groupId: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in parentheses, may hold anything; state, parent and group follow it.
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(group) === groupId && state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}
