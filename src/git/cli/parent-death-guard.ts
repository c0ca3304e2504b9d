import { spawnSync } from 'node:child_process';

const GUARD = ['setpriv', '--pdeathsig', 'TERM'] as const;
const found = new Map<string | undefined, readonly string[]>();

/**
 * What stands before a command that the kernel is to end when its parent dies.
 *
 * @param path the `PATH` to look in
 * @returns nothing where the system has no such program
 */
export function parentDeathGuard(path: string | undefined): readonly string[] {
  const known = found.get(path);
  if (known !== undefined) return known;
  const [program, ...args] = GUARD;
  const probe = spawnSync(program, [...args, 'true'], {
    env: { PATH: path },
    stdio: 'ignore',
    timeout: 5_000,
  });
  const guard = probe.status === 0 ? GUARD : [];
  found.set(path, guard);
  return guard;
}
