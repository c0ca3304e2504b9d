import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { AttackPlace } from '../support/attacks/attack-place.js';
import { AttackServer, faultsOf, outcomeOf } from '../support/attacks/attack-server.js';

describe('45 what the server itself was started with', () => {
  let place: AttackPlace;
  let server: AttackServer;
  let before: NodeJS.ProcessEnv;

  beforeAll(async () => {
    place = AttackPlace.make();
    before = { ...process.env };
    const trace = join(place.canaries, 'trace');
    const program = `sh -c '${place.program('program')}\n'`;
    Object.assign(process.env, {
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
    });
    server = await AttackServer.start([place]);
  });

  afterAll(async () => {
    for (const name of Object.keys(process.env))
      if (!(name in before)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
    await server?.stop();
  });

  it('reaches no tool', async () => {
    const answered = await server.everyTool();

    expect(answered.flatMap(({ tool, ran }) => ran.map((name) => `${tool}: ${name}`))).toEqual([]);
    expect(faultsOf(answered)).toEqual([]);
    expect(place.outsideChanged()).toBe(false);
    const served = answered.filter(({ frame }) => outcomeOf(frame) === 'served').map(({ tool }) => tool);
    expect(served).toEqual(
      expect.arrayContaining(['git_status', 'git_log', 'git_commit', 'git_clone', 'git_push']),
    );
  }, 300_000);
});
