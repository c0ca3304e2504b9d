import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ManualClock } from '../../test/support/manual-clock.js';
import { Bulkhead } from './bulkhead.js';
import { type Turn } from './turn.js';

const never = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** `alice/1`: a session of a principal. */
function turn(name: string): Turn {
  const [principal = '', owner = ''] = name.split('/');
  return { principal, owner };
}

function build(maxQueuedOperations: number) {
  return new Bulkhead({ maxConcurrentOperations: 1, maxQueuedOperations }, new ManualClock());
}

/** Fills the only place and queues the names in order. @returns who is served, in order, once that place is free */
async function orderOfService(names: readonly string[]): Promise<string[]> {
  const bulkhead = build(names.length);
  const served: string[] = [];
  const first = await bulkhead.acquire(turn('first/1'), never);
  const all = names.map(async (name) => {
    const release = await bulkhead.acquire(turn(name), new AbortController().signal);
    served.push(name);
    release();
  });
  first();
  await Promise.all(all);
  return served;
}

/** Queues the names behind who runs. @returns those that were turned away meanwhile, oldest first */
async function turnedAway(bulkhead: Bulkhead, names: readonly string[]): Promise<string[]> {
  const refused: string[] = [];
  await bulkhead.acquire(turn('running/1'), never);
  for (const name of names) {
    bulkhead.acquire(turn(name), new AbortController().signal).catch(() => refused.push(name));
    await settled();
  }
  return refused;
}

describe('Bulkhead between principals with several sessions', () => {
  it('serves a principal with many sessions no more often than one with a single session', async () => {
    const order = await orderOfService(['a/1', 'a/2', 'a/3', 'b/1', 'a/1', 'b/1']);

    expect(order).toEqual(['a/1', 'b/1', 'a/2', 'b/1', 'a/3', 'a/1']);
  });

  it('never serves a principal twice while another one waits, whatever their sessions', async () => {
    const name = fc.constantFrom('a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'c/1');
    await fc.assert(
      fc.asyncProperty(fc.array(name, { maxLength: 30 }), async (names) => {
        const served = await orderOfService(names);

        expect(served.toSorted()).toEqual(names.toSorted());
        const principals = served.map((one) => turn(one).principal);
        const twice = principals.filter(
          (one, index) =>
            one === principals[index + 1] && principals.slice(index + 1).some((other) => other !== one),
        );
        expect(twice).toEqual([]);
      }),
    );
  });

  it('makes room at the cost of the principal with the most, of its session with the most', async () => {
    const refused = await turnedAway(build(5), ['a/1', 'a/2', 'a/2', 'b/1', 'b/1', 'c/1']);

    expect(refused).toEqual(['a/2']);
  });

  it('makes room within a principal where no other one has more', async () => {
    const refused = await turnedAway(build(4), ['a/1', 'a/1', 'b/1', 'b/1', 'a/2']);

    expect(refused).toEqual(['a/1']);
  });

  it('gives a principal no room for opening more sessions', async () => {
    const refused = await turnedAway(build(4), ['a/1', 'a/2', 'b/1', 'b/1', 'a/3', 'a/4']);

    expect(refused).toEqual(['a/3', 'a/4']);
  });

  it('keeps the last of the queue at the door for the principal below its share, not for more sessions', async () => {
    const bulkhead = build(20);
    await turnedAway(bulkhead, [...Array.from({ length: 18 }, (_, index) => `a/${index}`), 'b/1']);

    expect(bulkhead.refusalFor(turn('a/new'), 0)).toMatchObject({ code: 'temporary_resource_unavailable' });
    expect(bulkhead.refusalFor(turn('b/2'), 0)).toBeUndefined();
    expect(bulkhead.refusalFor(turn('c/1'), 0)).toBeUndefined();
  });

  it('tells beforehand who would be turned away of a full queue', async () => {
    const name = fc.constantFrom('a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'c/1');
    await fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 5, maxLength: 20 }), name, async (names, last) => {
        const bulkhead = build(5);
        await turnedAway(bulkhead, names);

        const foretold = bulkhead.refusalFor(turn(last), 0);
        const asked = bulkhead.acquire(turn(last), new AbortController().signal).then(
          () => undefined,
          (error: unknown) => error,
        );

        expect(await Promise.race([asked, settled()])).toBe(foretold);
      }),
    );
  });
});
