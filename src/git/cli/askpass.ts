import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { type Environment } from '../../config/environment.js';
import { type HostCredential } from '../git-cli.port.js';
import { type Repository } from '../repository.js';
import { ensureExecutable } from './executable.js';
import { type Setting } from './fixed-settings.js';

const FOLDER = join(import.meta.dirname, 'askpass');
const PROGRAM = join(FOLDER, 'askpass');
const HOOKS = join(FOLDER, 'hooks');
/** All that commands which are given a credential can run. */
const HOOK_NAMES = ['pre-push', 'reference-transaction'];
/** A fetch connects a second time for tags that the host did not send along. */
const CONNECTIONS = 2;

/** What makes a git process ask our program for the credential of a host. */
export interface Askpass {
  readonly environment: Environment;
  /** The folder of hooks stands last: our hooks take it away again. */
  readonly settings: readonly Setting[];
}

/**
 * @param hooksPath as the repository configures it
 * @throws ServerError `operation_failed` with `details.reason: 'not-executable'`
 */
export function askpass(
  { origin, username, usernameIsSecret }: HostCredential,
  repository: Repository | undefined,
  hooksPath: string | undefined,
): Askpass {
  ensureExecutable(PROGRAM);
  const hooks = repository?.trust === 'trusted' ? hooksFolder(repository, hooksPath) : undefined;
  return {
    environment: {
      GIT_ASKPASS: PROGRAM,
      MCP_GIT_ASKPASS_ORIGIN: origin,
      ...(hooks !== undefined && { MCP_GIT_HOOKS: hooks }),
    },
    settings: [
      ['credential.interactive', 'true'],
      // One question less.
      ...(usernameIsSecret ? [] : [['credential.username', username] as const]),
      // Saves the answer "who are you" of the host where git knows this setting.
      ['http.proactiveAuth', 'basic'],
      ['core.hooksPath', hooks === undefined ? '/dev/null' : HOOKS],
    ],
  };
}

/** What our program reads, a line for each question. */
export function answers({ username, password }: HostCredential): string {
  return `username=${username}\npassword=${password}\n`.repeat(CONNECTIONS);
}

/** @returns nothing where no hook would run */
function hooksFolder({ path, commonDir }: Repository, hooksPath?: string): string | undefined {
  const folder = hooksPath === undefined ? join(commonDir, 'hooks') : resolve(path, hooksPath);
  const present = HOOK_NAMES.filter((name) => existsSync(join(folder, name)));
  for (const name of present) ensureExecutable(join(HOOKS, name));
  return present.length === 0 ? undefined : folder;
}
