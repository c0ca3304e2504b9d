import { readFileSync, readlinkSync } from 'node:fs';

/** A process id alone is used again; with the time of its start it is one process. */
export interface ProcessIdentity {
  readonly pid: number;
  /** In ticks since the system started; 0 where the system does not tell. */
  readonly startedAt: number;
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, startedAt: startOf(process.pid) ?? 0 };
}

/** Whether just this process still runs. Where the system does not tell when processes started, ids must do. */
export function isRunning({ pid, startedAt }: ProcessIdentity): boolean {
  const started = startOf(pid);
  if (started !== undefined) return startedAt === 0 || started === startedAt;
  return process.platform !== 'linux' && answersToSignals(pid);
}

/** Process ids mean the same only to those who share it; empty where the system does not tell. */
export function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** The same for all containers of a system, from its start on; empty where the system does not tell. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** @returns nothing where there is no such process, or it is dead and nobody has noticed */
function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the name, in parentheses, may hold anything; the state follows, and 19 fields later the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[19]);
  } catch {
    return undefined;
  }
}

function answersToSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
