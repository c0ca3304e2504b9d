import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { AttackPlace } from '../support/attacks/attack-place.js';
import { type Answered, AttackServer, faultsOf, outcomeOf } from '../support/attacks/attack-server.js';
import { type LayoutCase, LAYOUT_CASES } from '../support/attacks/layout-cases.js';

/** They make a repository of their own, elsewhere, or only note where one is. */
const ELSEWHERE = new Set(['git_clone', 'git_init', 'git_set_working_dir']);

describe('A repository that is laid out to lead out of the roots', () => {
  let places: readonly AttackPlace[];
  let server: AttackServer;
  let answered: readonly (readonly Answered[])[];

  beforeAll(async () => {
    places = AttackPlace.several(LAYOUT_CASES.length);
    for (const [index, { prepare }] of LAYOUT_CASES.entries()) {
      const place = places[index] as AttackPlace;
      prepare(place);
      place.seal();
    }
    server = await AttackServer.start(places);
    answered = await server.eachPlace(async (lane, index) => {
      const { path, refused } = LAYOUT_CASES[index] as LayoutCase;
      const target = path?.(lane.place) ?? lane.place.repo;
      const rename = (args: Record<string, unknown>) =>
        args['repo_path'] === lane.place.repo ? { ...args, repo_path: target } : args;
      const calls: Answered[] = [];
      for (const tool of server.tools)
        calls.push(...(await lane.tool(tool, { rename, fresh: refused === undefined })));
      return calls;
    });
  }, 600_000);

  afterAll(() => server?.stop());

  it.each(LAYOUT_CASES.map((layout, index) => ({ ...layout, index })))(
    'leads no tool anywhere: $title',
    ({ refused, index }) => {
      const calls = answered[index] ?? [];
      const onRepository = calls.filter(({ tool }) => !ELSEWHERE.has(tool));
      const served = onRepository.filter(({ frame }) => refused?.includes(outcomeOf(frame)) === false);

      expect(served.map(({ tool, frame }) => `${tool}: ${outcomeOf(frame)}`)).toEqual([]);
      expect(calls.flatMap(({ tool, ran }) => ran.map((name) => `${tool}: ${name}`))).toEqual([]);
      expect(faultsOf(calls)).toEqual([]);
      expect(places[index]?.outsideChanged()).toBe(false);
    },
  );
});

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
