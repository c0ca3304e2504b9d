import { readdir, readFile, readlink } from 'node:fs/promises';

import { type Repository } from '../repository.js';

export type LockedPlace = Pick<Repository, 'path' | 'gitDir' | 'commonDir'>;

/** Processes that have one of the files open, and processes of git at work in the repository. */
export async function usersOf(
  { path, gitDir, commonDir }: LockedPlace,
  locks: readonly string[],
): Promise<readonly string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const users: string[] = [];
  for (const pid of pids) {
    const command = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
    const isGit = command.startsWith('git');
    const folder = isGit ? await readlink(`/proc/${pid}/cwd`).catch(() => '') : '';
    const works =
      isGit && [path, gitDir, commonDir].some((place) => folder === place || folder.startsWith(`${place}/`));
    if (works || (await opens(pid, locks))) users.push(`${command} (process ${pid})`);
  }
  return users;
}

async function opens(pid: string, locks: readonly string[]): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  for (const descriptor of await readdir(folder).catch(() => [])) {
    if (locks.includes(await readlink(`${folder}/${descriptor}`).catch(() => ''))) return true;
  }
  return false;
}
