import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { AttackPlace } from '../support/attacks/attack-place.js';
import { AttackServer, faultsOf, outcomeOf } from '../support/attacks/attack-server.js';
import { LAYOUT_CASES } from '../support/attacks/layout-cases.js';

/** They make a repository of their own, elsewhere. */
const MAKERS = new Set(['git_clone', 'git_init']);

describe.each(LAYOUT_CASES)('$title', ({ prepare, path, refused }) => {
  let place: AttackPlace;
  let server: AttackServer;

  beforeEach(async () => {
    place = new AttackPlace();
    prepare(place);
    place.seal();
    server = await AttackServer.start(place);
  });

  afterEach(async () => {
    await server?.stop();
    place?.remove();
  });

  it('leads no tool out of the roots', async () => {
    const target = path?.(place) ?? place.repo;

    const rename = (args: Record<string, unknown>) =>
      args['repo_path'] === place.repo ? { ...args, repo_path: target } : args;

    const answered = await server.everyTool({ rename, fresh: refused === undefined });

    const onRepository = answered.filter(({ tool }) => !MAKERS.has(tool));
    const served = onRepository.filter(({ frame }) => refused?.includes(outcomeOf(frame)) === false);
    expect(served.map(({ tool, frame }) => `${tool}: ${outcomeOf(frame)}`)).toEqual([]);
    expect(answered.flatMap(({ tool, ran }) => ran.map((name) => `${tool}: ${name}`))).toEqual([]);
    expect(faultsOf(answered)).toEqual([]);
    expect(place.outsideChanged()).toBe(false);
  }, 300_000);
});

describe('45 what the server itself was started with', () => {
  let place: AttackPlace;
  let server: AttackServer;
  let before: NodeJS.ProcessEnv;

  beforeAll(async () => {
    place = new AttackPlace();
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
    server = await AttackServer.start(place);
  });

  afterAll(async () => {
    for (const name of Object.keys(process.env))
      if (!(name in before)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
    await server?.stop();
    place?.remove();
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
