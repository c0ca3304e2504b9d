import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import { ROOT } from './files.mjs';
import { say, SetupFailure } from './report.mjs';

/** @returns whether a program of this name is found on PATH */
export function isProgram(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Runs a program with its output on standard error, since standard output belongs to the command that is prepared.
 *
 * @param options `quiet`: the output is shown only where the program fails
 * @returns whether it succeeded
 */
export function run(program, args, { cwd = ROOT, env = process.env, minutes = 10, quiet = false } = {}) {
  if (!quiet) say([program, ...args].join(' '));
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', process.stderr, process.stderr],
    maxBuffer: 256 * 2 ** 20,
    timeout: minutes * 60_000,
    killSignal: 'SIGKILL',
  });
  if (quiet && status !== 0) process.stderr.write(`${stdout}${stderr}`);
  if (error) say(error.message);
  return status === 0;
}

/** Runs the npm that runs us, or the one on PATH. @throws SetupFailure where it fails */
export function npm(args, { minutes }) {
  const script = process.env.npm_execpath;
  const [program, ...first] = script?.endsWith('npm-cli.js') ? [process.execPath, script] : ['npm'];
  if (run(program, [...first, ...args], { minutes })) return;
  throw new SetupFailure(`npm ${args.join(' ')} failed; its messages above say why`);
}

/** What nodegit's install script and node-gyp are told. */
export function compilerEnvironment() {
  const prefix = dirname(dirname(process.execPath));
  const hasHeaders = existsSync(join(prefix, 'include/node/node.h'));
  return {
    ...process.env,
    // With the headers of this very Node at hand node-gyp downloads none.
    ...(hasHeaders && { npm_config_nodedir: prefix }),
    // node-gyp hands it to make.
    JOBS: String(availableParallelism()),
    // nodegit then compiles at once instead of first asking a server for a ready-made binary.
    BUILD_ONLY: '1',
  };
}
