import { join } from 'node:path';

import { type AttackPlace } from './attack-place.js';

/** Variables of git that lead out of the roots or run programs, for a server to be started with. */
export function hostileEnvironment(place: AttackPlace): Record<string, string> {
  const trace = join(place.canaries, 'trace');
  const program = `sh -c '${place.program('program')}\n'`;
  return {
    GIT_DIR: join(place.outside, 'private/.git'),
    GIT_WORK_TREE: place.outside,
    GIT_INDEX_FILE: join(place.outside, 'index'),
    GIT_OBJECT_DIRECTORY: join(place.outside, 'private/.git/objects'),
    GIT_EXTERNAL_DIFF: program,
    GIT_TRACE: trace,
    GIT_TRACE2_EVENT: trace,
    GIT_CONFIG_GLOBAL: join(place.outside, 'secret.txt'),
    GIT_CONFIG_PARAMETERS: `'core.fsmonitor=${place.program('parameters')}'`,
    GIT_EDITOR: program,
    GIT_ASKPASS: program,
    GIT_SSH_COMMAND: program,
    GIT_TEMPLATE_DIR: place.outside,
    GIT_EXEC_PATH: place.outside,
  };
}
