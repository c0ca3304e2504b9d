import { open, readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { lockFilesHeldBy, removeLockFiles } from './held-lock-files.js';

/** How often an ending group is looked at. */
const LOOK_EVERY_MS = 10;
/** A leader is reaped as soon as its parent has its turn. Where it is not, or has left others, all processes are looked at. */
const REAPED_WITHIN_LOOKS = 5;
/** Processes that are looked at at once: a machine may have thousands, and other sessions wait for their turn. */
const AT_ONCE = 32;
/** What SIGKILL needs at most; after it the processes can do nothing, even if the kernel still lists them. */
const KILL_SETTLES_MS = 1_000;
/** Number, name, state, parent and group; a name has 64 bytes at most. */
const STAT_BYTES = 256;
/** What keeps the server from looking says nothing of whom it would have looked at. */
const CANNOT_LOOK = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/** A process that leads a group of its own, and whatever it has started. Ends them all, never more. */
export class ProcessGroup {
  private ending: Promise<void> | undefined;
  private looksWithoutLeader = 0;

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
    const locks = lockFilesHeldBy((await aliveIn(this.leaderPid)) ?? []);
    this.signal('SIGKILL');
    if (await this.goneWithin(KILL_SETTLES_MS)) removeLockFiles(locks);
  }

  private async goneWithin(waitMs: number): Promise<boolean> {
    for (let waitedMs = 0; waitedMs <= waitMs; waitedMs += LOOK_EVERY_MS) {
      if (!(await this.isRunning())) return true;
      await sleep(LOOK_EVERY_MS);
    }
    return !(await this.isRunning());
  }

  /**
   * Most groups are their leader and nobody else. Once that is reaped, the signal tells so for next to nothing; to look for
   * others takes a file of each process of the machine.
   */
  private async isRunning(): Promise<boolean> {
    if (!this.signal(0)) return false;
    if ((await isAliveIn(String(this.leaderPid), this.leaderPid)) !== false) return true;
    this.looksWithoutLeader += 1;
    if (this.looksWithoutLeader < REAPED_WITHIN_LOOKS) return true;
    return (await aliveIn(this.leaderPid))?.length !== 0;
  }

  private signal(signal: NodeJS.Signals | 0): boolean {
    try {
      return process.kill(-this.leaderPid, signal);
    } catch (error) {
      // Whom it may not end runs all the same.
      return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
  }
}

/**
 * A zombie answers to signals as well; where nobody reaps it, only /proc tells that it is dead.
 *
 * @returns the ids of its processes; `undefined` where the system does not tell, or not of each process
 */
async function aliveIn(groupId: number): Promise<readonly string[] | undefined> {
  const names = await readdir('/proc').catch(() => undefined);
  const ids = names?.filter((name) => /^\d+$/.test(name));
  if (ids === undefined) return undefined;
  const alive: string[] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE);
    const verdicts = await Promise.all(some.map((id) => isAliveIn(id, groupId)));
    if (verdicts.includes(undefined)) return undefined;
    alive.push(...some.filter((_, at) => verdicts[at]));
  }
  return alive;
}

/** @returns `undefined` where the server could not look */
async function isAliveIn(pid: string, groupId: number): Promise<boolean | undefined> {
  let stat: string;
  try {
    stat = await beginningOf(`/proc/${pid}/stat`);
  } catch (error) {
    return CANNOT_LOOK.has((error as NodeJS.ErrnoException).code ?? '') ? undefined : false;
  }
  // The name of the program, in parentheses, may hold anything; state, parent and group follow it.
  const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(group) === groupId && state !== 'Z' && state !== 'X';
}

/** Such a file has no size, so that to read all of it would take 64 KiB of memory, which only a collection frees. */
async function beginningOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(STAT_BYTES), 0, STAT_BYTES);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}
