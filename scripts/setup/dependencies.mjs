import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { addonLoads, addonPath, compileAddon, isAddonCompiled, nodegitVersion } from './addon.mjs';
import { npm } from './commands.mjs';
import { fingerprint, keptFile, ROOT, setStamp, stampOf } from './files.mjs';

/** Installs what package-lock.json says, and compiles nodegit unless this very version was compiled here before. */
export function installDependencies() {
  const wanted = fingerprint(['package-lock.json'], process.versions.modules, process.platform, process.arch);
  const installed = existsSync(join(ROOT, 'node_modules/.package-lock.json')) && isAddonCompiled();
  if (installed && stampOf('dependencies') === wanted) return;
  if (!installed || !matchesLock()) {
    // Development dependencies as well, whatever NODE_ENV says: the compiler is one of them.
    npm(['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      minutes: 15,
    });
    provideAddon();
  }
  setStamp('dependencies', wanted);
}

// nodegit is the only dependency with an install script. It takes minutes, so what it made is kept beside the
// stamps: npm ci removes all of node_modules whenever a line of the lock changes.
function provideAddon() {
  const { versions, platform, arch } = process;
  const kept = keptFile(`nodegit-${nodegitVersion()}-${versions.modules}-${platform}-${arch}.node`);
  if (existsSync(kept)) {
    mkdirSync(dirname(addonPath()), { recursive: true });
    copyFileSync(kept, addonPath());
    if (addonLoads()) return;
    rmSync(addonPath());
  }
  compileAddon();
  copyFileSync(addonPath(), kept);
}

// Whoever ran npm ci by hand, or changed a line of the lock that installs nothing, waits for nothing.
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
