import { existsSync, readdirSync } from 'node:fs';

import { isAddonCompiled } from './addon.mjs';
import { isProgram, run } from './commands.mjs';
import { say, SetupFailure } from './report.mjs';

// One folder for each architecture.
const faketimeLibraries = () =>
  readdirSync('/usr/lib').filter((folder) => isFile(`/usr/lib/${folder}/faketime/libfaketime.so.1`));
const isFile = (...paths) => paths.some((path) => existsSync(path));

// Debian's names, and how to see that the thing is there whoever installed it.
const TO_RUN = [{ name: 'git', isThere: () => isProgram('git') }];
const TO_COMPILE = [
  { name: 'python3', isThere: () => isProgram('python3') },
  { name: 'make', isThere: () => isProgram('make') },
  { name: 'g++', isThere: () => isProgram('g++') || isProgram('c++') },
  { name: 'libssl-dev', isThere: () => isFile('/usr/include/openssl/ssl.h') },
  { name: 'libkrb5-dev', isThere: () => isFile('/usr/include/gssapi/gssapi.h', '/usr/include/gssapi.h') },
];
const TO_TEST = [
  { name: 'openssh-client', isThere: () => isProgram('ssh-keygen') },
  { name: 'python3-websockets', isThere: () => isFile('/usr/lib/python3/dist-packages/websockets') },
  { name: 'iproute2', isThere: () => isProgram('ip') },
  { name: 'libfaketime', isThere: () => faketimeLibraries().length > 0 },
  { name: 'python3-wsproto', isThere: () => isFile('/usr/lib/python3/dist-packages/wsproto') },
  { name: 'redis-server', isThere: () => isProgram('redis-server') },
];

/** @throws SetupFailure naming what the compiler of nodegit lacks */
export function requireCompiler() {
  const missing = process.platform === 'linux' ? missingOf(TO_COMPILE) : [];
  if (missing.length > 0) throw new SetupFailure(advice(missing));
}

/** @throws SetupFailure naming the exact command where this user cannot install what is missing */
export function installSystemPackages({ forTests }) {
  const needed = [...TO_RUN, ...(isAddonCompiled() ? [] : TO_COMPILE), ...(forTests ? TO_TEST : [])];
  const missing = missingOf(needed);
  if (missing.length === 0 || process.platform !== 'linux') return;
  say(`missing: ${missing.join(' ')}`);
  const mayInstall = isProgram('apt-get') && process.getuid() === 0;
  if (mayInstall && (install(missing) || (run('apt-get', ['update'], quiet()) && install(missing)))) return;
  throw new SetupFailure(advice(missing));
}

function missingOf(packages) {
  return packages.filter(({ isThere }) => !isThere()).map(({ name }) => name);
}

function install(names) {
  return run('apt-get', ['install', '--yes', '--no-install-recommends', ...names], quiet());
}

function quiet() {
  return { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, minutes: 10 };
}

function advice(names) {
  const list = names.join(' ');
  return isProgram('apt-get')
    ? `install what is missing and start again: sudo apt-get install ${list}`
    : `install what is missing and start again; by Debian's names: ${list}`;
}
