import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the set-up unpacks one for a machine that has none. */
const UNPACKED = join(import.meta.dirname, '../../.setup/ssh-server');
const SSHD = [process.env['SSHD'], '/usr/sbin/sshd', join(UNPACKED, 'usr/sbin/sshd')].find(
  (path) => path !== undefined && existsSync(path),
);
const isUnpacked = SSHD?.startsWith(UNPACKED) === true;
const isRoot = process.getuid?.() === 0;

export const HAS_SSHD = SSHD !== undefined;

/** Starts the sshd of this machine, or the one that the set-up unpacked. @param folder holds `sshd_config` */
export function startSshd(folder: string): ChildProcess {
  const config = join(folder, 'sshd_config');
  // As root it needs a folder that its service makes.
  if (isRoot) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  if (isUnpacked) appendFileSync(config, placesOfParts());
  const env = isUnpacked ? { ...process.env, ...unpackedLibraries(folder) } : process.env;
  return spawn(SSHD as string, ['-D', '-f', config], { stdio: 'ignore', env });
}

// Since OpenSSH 9.8 it consists of several programs, each known by its place.
function placesOfParts(): string {
  const parts = { SshdSessionPath: 'sshd-session', SshdAuthPath: 'sshd-auth' };
  return Object.entries(parts)
    .map(([option, name]) => [option, join(UNPACKED, 'usr/lib/openssh', name)] as const)
    .filter(([, path]) => existsSync(path))
    .map(([option, path]) => `${option} ${path}\n`)
    .join('');
}

function unpackedLibraries(folder: string): Readonly<Record<string, string>> {
  const libraries = join(UNPACKED, 'usr/lib');
  const folders = readdirSync(libraries).map((name) => join(libraries, name));
  const wrapper = folders.map((path) => join(path, 'libnss_wrapper.so')).find((path) => existsSync(path));
  const found = { LD_LIBRARY_PATH: folders.join(':') };
  if (!isRoot || wrapper === undefined) return found;
  // As root it needs a user that Debian makes as it installs the package.
  const users = join(folder, 'passwd');
  writeFileSync(
    users,
    `${readFileSync('/etc/passwd', 'utf8')}sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n`,
  );
  return { ...found, LD_PRELOAD: wrapper, NSS_WRAPPER_PASSWD: users, NSS_WRAPPER_GROUP: '/etc/group' };
}
