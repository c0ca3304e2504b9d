import { readdirSync, readFileSync } from 'node:fs';

/** @returns MiB of memory that the process has resident */
export function residentMiB(pid: number): number {
  const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]) / 1_024;
}

export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** @returns seconds of processor time that the process has used */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** @returns processes that have ended below a process, at any depth, and that nobody has asked how */
export function zombiesOf(pid: number): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), fields: statOf(Number(name)) }));
  const below = (parent: number): typeof stats => {
    const children = stats.filter(({ fields }) => Number(fields[1]) === parent);
    return children.flatMap((child) => [child, ...below(child.pid)]);
  };
  return below(pid).filter(({ fields }) => fields[0] === 'Z').length;
}

/** @returns what the kernel says of a process behind its name, nothing of one that is gone */
function statOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  } catch {
    return [];
  }
}
