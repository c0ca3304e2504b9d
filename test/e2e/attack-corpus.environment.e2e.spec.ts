import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { AttackPlace } from '../support/attacks/attack-place.js';
import { AttackServer, faultsOf, outcomeOf } from '../support/attacks/attack-server.js';
import { hostileEnvironment } from '../support/attacks/hostile-environment.js';

describe('45 what the server itself was started with', () => {
  let place: AttackPlace;
  let server: AttackServer;
  let before: NodeJS.ProcessEnv;

  beforeAll(async () => {
    place = AttackPlace.make();
    before = { ...process.env };
    Object.assign(process.env, hostileEnvironment(place));
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
