import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { AttackPlace } from '../support/attacks/attack-place.js';
import { AttackServer, type Answered, faultsOf, outcomeOf } from '../support/attacks/attack-server.js';
import { PROGRAM_CASES } from '../support/attacks/program-cases.js';

/** Failures that say that the call itself makes no sense, and not what became of it. */
const SENSELESS = new Set(['validation_failed', 'unknown_tool', 'internal_error']);

describe('An ordinary repository', () => {
  let server: AttackServer;
  let answered: readonly Answered[];

  beforeAll(async () => {
    server = await AttackServer.start(AttackPlace.several(3));
    answered = await server.everyTool();
  }, 300_000);

  afterAll(() => server?.stop());

  it('is understood by every tool: one that this fails for needs a line in BY_TOOL of tool-samples.ts', () => {
    const senseless = answered.filter(({ frame }) => SENSELESS.has(outcomeOf(frame)));

    expect(senseless.map(({ tool, frame }) => `${tool}: ${JSON.stringify(frame['error'])}`)).toEqual([]);
    expect(new Set(answered.map(({ tool }) => tool)).size).toBe(server.tools.length);
  });
});

describe('Programs that a repository names', () => {
  let places: readonly AttackPlace[];
  let server: AttackServer;
  let answered: readonly Answered[];

  beforeAll(async () => {
    places = AttackPlace.several(3);
    for (const place of places) {
      for (const { content } of PROGRAM_CASES) content?.(place);
      for (const { prepare } of PROGRAM_CASES) prepare(place);
      place.seal();
    }
    server = await AttackServer.start(places);
    answered = await server.everyTool();
  }, 600_000);

  afterAll(() => server?.stop());

  it.each(PROGRAM_CASES)('are run by no tool: $title', ({ id }) => {
    const ran = answered.filter((call) => call.ran.some((name) => name === id || name.startsWith(`${id}-`)));

    expect(ran.map(({ tool }) => tool)).toEqual([]);
  });

  it('leave no other trace, and no answer without a meaning', () => {
    expect(answered.flatMap(({ ran }) => ran)).toEqual([]);
    expect(faultsOf(answered)).toEqual([]);
    expect(places.some((place) => place.outsideChanged())).toBe(false);
  });

  it('keep few tools from their work', () => {
    const served = new Set(
      answered.filter(({ frame }) => outcomeOf(frame) === 'served').map(({ tool }) => tool),
    );

    expect([...served]).toEqual(
      expect.arrayContaining([
        'git_status',
        'git_diff',
        'git_log',
        'git_show',
        'git_add',
        'git_commit',
        'git_fetch',
        'git_push',
      ]),
    );
  });
});

describe('The traps themselves', () => {
  let place: AttackPlace;

  beforeAll(() => {
    place = AttackPlace.make();
  });

  afterAll(() => place.remove());

  it.each(PROGRAM_CASES.filter(({ proof }) => proof !== undefined))(
    'catch plain git: $title',
    ({ content, prepare, proof = [], id }) => {
      place.restore();
      place.touch();
      content?.(place);
      prepare(place);
      place.sung();
      for (const args of proof) runs(place, args);

      expect(place.sung().some((name) => name.startsWith(id))).toBe(true);
    },
  );
});

/** A trap may well make the command fail. */
function runs(place: AttackPlace, args: readonly string[]): void {
  try {
    place.repository.git(args);
  } catch {
    // What matters is what ran.
  }
}
