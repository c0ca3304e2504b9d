import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { isProgram, run } from './commands.mjs';
import { keptFile } from './files.mjs';
import { say } from './report.mjs';

const KEPT = 'ssh-server';
const PROGRAM = 'usr/sbin/sshd';
// The second one lets sshd find the user that it wants where root starts it, and that Debian makes as it installs it.
const PACKAGES = ['openssh-server', 'libnss-wrapper'];

/**
 * Unpacks Debian's sshd beside the stamps, with the libraries that this machine lacks. It is not installed: that would
 * open a door of this machine, now and at each start of it. Without one the tests that want it are skipped, so that a
 * failure is said and is none.
 */
export function provideSshServer() {
  if (process.platform !== 'linux' || existsSync(`/${PROGRAM}`) || existsSync(join(keptFile(KEPT), PROGRAM)))
    return;
  const parts = keptFile(`${KEPT}.part`);
  rmSync(parts, { recursive: true, force: true });
  try {
    if (fetched(join(parts, 'packages')) && unpacked(parts)) return;
    say('no sshd can be had here, so the tests that want one are skipped');
  } finally {
    rmSync(parts, { recursive: true, force: true });
  }
}

function fetched(folder) {
  if (!isProgram('apt-get') || !isProgram('dpkg')) return false;
  mkdirSync(join(folder, 'partial'), { recursive: true });
  const where = [`Dir::Cache::archives=${folder}/`, 'Debug::NoLocking=1', 'Acquire::http::Timeout=20'];
  const options = where.flatMap((option) => ['-o', option]);
  const command = ['install', '--yes', '--no-install-recommends', '--download-only', ...options, ...PACKAGES];
  const download = () => run('apt-get', command, quiet());
  return download() || (process.getuid() === 0 && run('apt-get', ['update'], quiet()) && download());
}

function unpacked(parts) {
  const packages = join(parts, 'packages');
  const root = join(parts, 'root');
  for (const name of readdirSync(packages)) {
    if (name.endsWith('.deb') && !run('dpkg', ['-x', join(packages, name), root], quiet())) return false;
  }
  if (!starts(root)) return false;
  renameSync(root, keptFile(KEPT));
  return true;
}

// It names its version where it is loaded, whether it knows the option or not.
function starts(root) {
  const env = { ...process.env, LD_LIBRARY_PATH: librariesOf(root).join(':') };
  return /OpenSSH/.test(
    spawnSync(join(root, PROGRAM), ['-V'], { env, encoding: 'utf8', timeout: 10_000 }).stderr,
  );
}

function librariesOf(root) {
  const folder = join(root, 'usr/lib');
  return readdirSync(folder).map((name) => join(folder, name));
}

function quiet() {
  return { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, minutes: 5, quiet: true };
}
