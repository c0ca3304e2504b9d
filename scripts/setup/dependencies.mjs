import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { npm } from './commands.mjs';
import { fingerprint, keptFile, ROOT, setStamp, stampOf } from './files.mjs';
import { say, SetupFailure } from './report.mjs';

export const ADDON = 'node_modules/nodegit/build/Release/nodegit.node';

/** Installs what package-lock.json says, and compiles nodegit unless this very version was compiled here before. */
export function installDependencies() {
  const wanted = fingerprint(['package-lock.json'], process.versions.modules, process.platform, process.arch);
  const installed = existsSync(join(ROOT, 'node_modules/.package-lock.json')) && isAddonCompiled();
  if (installed && stampOf('dependencies') === wanted) return;
  if (installed && stampOf('dependencies') === '' && matchesLock()) return setStamp('dependencies', wanted);
  // Development dependencies as well, whatever NODE_ENV says: the compiler is one of them.
  npm(['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    minutes: 15,
  });
  compileAddon();
  setStamp('dependencies', wanted);
}

export function isAddonCompiled() {
  return existsSync(join(ROOT, ADDON));
}

// nodegit is the only dependency with an install script. It takes minutes, so what it made is kept beside the
// stamps: npm ci removes all of node_modules whenever a line of the lock changes.
function compileAddon() {
  const kept = keptFile(
    `nodegit-${nodegitVersion()}-${process.versions.modules}-${process.platform}-${process.arch}.node`,
  );
  if (existsSync(kept)) {
    mkdirSync(dirname(join(ROOT, ADDON)), { recursive: true });
    copyFileSync(kept, join(ROOT, ADDON));
    if (loads()) return;
    rmSync(join(ROOT, ADDON));
  }
  say('compiling nodegit, which takes some minutes');
  npm(['rebuild', 'nodegit', '--no-audit', '--no-fund', '--loglevel=error'], { minutes: 30 });
  if (!isAddonCompiled() || !loads())
    throw new SetupFailure('nodegit was compiled and cannot be loaded; see above');
  rmSync(join(ROOT, dirname(ADDON), 'obj.target'), { recursive: true, force: true });
  rmSync(join(ROOT, dirname(ADDON), '.deps'), { recursive: true, force: true });
  copyFileSync(join(ROOT, ADDON), kept);
}

function loads() {
  const { status, stderr } = spawnSync(process.execPath, ['-e', "require('nodegit')"], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0) say(stderr);
  return status === 0;
}

function nodegitVersion() {
  return lockedPackages('package-lock.json')['node_modules/nodegit'].version;
}

// Somebody ran npm ci by hand: there is nothing to do over again.
function matchesLock() {
  const wanted = lockedPackages('package-lock.json');
  const present = lockedPackages('node_modules/.package-lock.json');
  return Object.entries(wanted).every(
    ([name, { version, optional }]) => name === '' || optional || present[name]?.version === version,
  );
}

function lockedPackages(path) {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')).packages;
}
