import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { compilerEnvironment, run } from './commands.mjs';
import { say, SetupFailure } from './report.mjs';

const require = createRequire(import.meta.url);

/** Where nodegit is loaded from once it is compiled: beside us in a clone, inside us in an installed package. */
export function addonPath() {
  return join(nodegitFolder(), 'build/Release/nodegit.node');
}

export function isAddonCompiled() {
  return nodegitFolder() !== undefined && existsSync(addonPath());
}

export function addonLoads() {
  const code = `require(${JSON.stringify(nodegitFolder())})`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) say(stderr.trim());
  return status === 0;
}

/**
 * Compiles nodegit by its own install script, which npm does not run for a package that travels inside another one.
 *
 * @throws SetupFailure where the compiler fails or its result cannot be loaded
 */
export function compileAddon() {
  say('compiling nodegit, which takes some minutes');
  const script = join(nodegitFolder(), 'lifecycleScripts/install.js');
  const options = { cwd: nodegitFolder(), env: compilerEnvironment(), minutes: 30, quiet: true };
  if (!run(process.execPath, [script], options) || !isAddonCompiled() || !addonLoads()) {
    throw new SetupFailure('nodegit could not be compiled; the messages above say why');
  }
  for (const leftover of ['obj.target', '.deps']) {
    rmSync(join(dirname(addonPath()), leftover), { recursive: true, force: true });
  }
}

export function nodegitVersion() {
  return require('nodegit/package.json').version;
}

function nodegitFolder() {
  try {
    return dirname(require.resolve('nodegit/package.json'));
  } catch {
    return undefined;
  }
}
