import { readdirSync, readFileSync } from 'node:fs';

/** @returns the processes below a process, at any depth, that run now */
export function descendantsOf(pid) {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
    return children.flatMap((child) => [child, ...descendantsOf(child)]);
  } catch {
    return []; // It ended while we looked.
  }
}
