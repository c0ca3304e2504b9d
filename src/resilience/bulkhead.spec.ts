import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ManualClock } from '../../test/support/manual-clock.js';
import { Bulkhead } from './bulkhead.js';
import { type Turn } from './turn.js';

const never = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

function build(maxConcurrentOperations: number, maxQueuedOperations: number) {
  const clock = new ManualClock();
  return { clock, bulkhead: new Bulkhead({ maxConcurrentOperations, maxQueuedOperations }, clock) };
}

/** Fills the only place, queues `owners` in order, then frees one place after the other. */
async function orderOfService(owners: readonly string[], turn: (name: string) => Turn): Promise<string[]> {
  const { bulkhead } = build(1, owners.length);
  const served: string[] = [];
  const first = await bulkhead.acquire(turn('first'), never);
  const all = owners.map(async (owner) => {
    const release = await bulkhead.acquire(turn(owner), new AbortController().signal);
    served.push(owner);
    release();
  });
  first();
  await Promise.all(all);
  return served;
}

/** What holds between principals with a session each holds between the sessions of one. */
const CALLERS: readonly (readonly [string, (name: string) => Turn])[] = [
  ['principals', (name) => ({ principal: name, owner: 'session' })],
  ['sessions of one principal', (name) => ({ principal: 'principal', owner: name })],
];

describe.each(CALLERS)('Bulkhead between %s', (_, turn) => {
  it('serves one of each owner in turn, however many requests one of them has', async () => {
    await expect(orderOfService(['a', 'a', 'a', 'b', 'a', 'c', 'b'], turn)).resolves.toEqual([
      'a',
      'b',
      'c',
      'a',
      'b',
      'a',
      'a',
    ]);
  });

  it('never serves an owner twice while another waits for the first time', async () => {
    const owners = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(owners, async (arrivals) => {
        const served = await orderOfService(arrivals, turn);

        expect(served.toSorted()).toEqual(arrivals.toSorted());
        const remaining = new Map<string, number>();
        for (const owner of arrivals) remaining.set(owner, (remaining.get(owner) ?? 0) + 1);
        const rounds = new Map<string, number>();
        for (const owner of served) {
          rounds.set(owner, (rounds.get(owner) ?? 0) + 1);
          remaining.set(owner, (remaining.get(owner) ?? 0) - 1);
          const waiting = [...remaining]
            .filter(([, left]) => left > 0)
            .map(([other]) => rounds.get(other) ?? 0);
          expect((rounds.get(owner) ?? 0) - Math.min(...waiting)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('makes room in a full queue at the cost of whoever waits for the most', async () => {
    const { bulkhead } = build(1, 2);
    const release = await bulkhead.acquire(turn('greedy'), never);
    const greedy = [1, 2].map((name) =>
      bulkhead.acquire(turn('greedy'), never).then(
        () => name,
        () => `${name} refused`,
      ),
    );

    const modest = bulkhead.acquire(turn('modest'), never);

    expect(bulkhead.queued).toBe(2);
    release();
    await expect(greedy[1]).resolves.toBe('2 refused');
    expect(bulkhead.queued).toBe(1);
    void modest;
  });

  it('does not let an owner displace others who wait for no more than itself', async () => {
    const { bulkhead } = build(1, 2);
    await bulkhead.acquire(turn('a'), never);
    void bulkhead.acquire(turn('b'), never);
    void bulkhead.acquire(turn('c'), never);

    await expect(bulkhead.acquire(turn('b'), never)).rejects.toMatchObject({
      code: 'temporary_resource_unavailable',
    });
    await expect(bulkhead.acquire(turn('d'), never)).rejects.toMatchObject({
      code: 'temporary_resource_unavailable',
    });
  });

  it('tells beforehand who would be turned away, in whatever state it is', async () => {
    const owner = fc.constantFrom('a', 'b', 'c');
    await fc.assert(
      fc.asyncProperty(fc.array(owner, { maxLength: 20 }), owner, async (arrivals, last) => {
        const { bulkhead } = build(2, 5);
        for (const one of arrivals) bulkhead.acquire(turn(one), never).catch(() => undefined);
        await settled();

        const isFull = bulkhead.queued === 5;
        const foretold = bulkhead.refusalFor(turn(last), 0);
        const asked = bulkhead.acquire(turn(last), never).then(
          () => undefined,
          (error: unknown) => error,
        );

        // While there is room, the door is stricter than the queue.
        const expected = isFull ? foretold : undefined;
        expect(await Promise.race([asked, settled()])).toBe(expected);
      }),
    );
  });

  it('keeps half of the queue at the door for who waits for no more than a fair share', async () => {
    const { bulkhead } = build(1, 20);
    await bulkhead.acquire(turn('running'), never);
    for (let call = 0; call < 10; call += 1)
      void bulkhead.acquire(turn('greedy'), new AbortController().signal);
    void bulkhead.acquire(turn('modest'), never);

    expect(bulkhead.refusalFor(turn('greedy'), 0)).toMatchObject({ code: 'temporary_resource_unavailable' });
    expect(bulkhead.refusalFor(turn('modest'), 0)).toBeUndefined();
    expect(bulkhead.refusalFor(turn('new'), 0)).toBeUndefined();
  });

  it('lets an owner who waits alone have the whole queue', async () => {
    const { bulkhead } = build(1, 20);
    await bulkhead.acquire(turn('running'), never);
    for (let call = 0; call < 19; call += 1)
      void bulkhead.acquire(turn('alone'), new AbortController().signal);

    expect(bulkhead.refusalFor(turn('alone'), 0)).toBeUndefined();
  });

  it('drops nobody it has let in, where all come in turn', async () => {
    const { bulkhead } = build(1, 20);
    let dropped = 0;
    let release = await bulkhead.acquire(turn('running'), never);
    const come = (owner: string) => {
      if (bulkhead.refusalFor(turn(owner), 0) !== undefined) return;
      bulkhead.acquire(turn(owner), new AbortController().signal).then(
        (freed) => (release = freed),
        () => (dropped += 1),
      );
    };

    for (let round = 0; round < 200; round += 1) {
      for (const owner of ['a', 'b', 'c', 'd', 'e']) come(owner);
      if (round % 2 === 0) for (const owner of ['c', 'd']) come(owner);
      release();
      await settled();
    }

    expect(bulkhead.queued).toBeGreaterThan(15);
    expect(dropped).toBe(0);
  });

  it('lets hardly anybody wait for longer than a full queue takes, though all come in bursts', async () => {
    const [owners, places] = [10, 100];
    const { bulkhead } = build(1, places);
    let release = await bulkhead.acquire(turn('running'), never);
    const waits: number[] = [];
    let served = 0;
    const come = (owner: string) => {
      if (bulkhead.refusalFor(turn(owner), 0) !== undefined) return;
      const since = served;
      const begin = (freed: () => void) => {
        waits.push(served - since);
        release = freed;
      };
      bulkhead.acquire(turn(owner), new AbortController().signal).then(begin, () => undefined);
    };

    for (let burst = 0; burst < 100; burst += 1) {
      for (let call = 0; call < 30; call += 1) come(`owner ${burst % owners}`);
      for (let call = 0; call < 10; call += 1) {
        served += 1;
        release();
        await settled();
      }
    }

    // But for the first of them, who were almost alone and have their turns among all the others.
    const nineInTen = waits.toSorted((one, other) => one - other).at(Math.floor(waits.length * 0.9));
    expect(served).toBe(waits.length);
    expect(nineInTen).toBeLessThanOrEqual(places);
  });

  it('refuses with one error for each time to wait, however these change in between', async () => {
    const { bulkhead, clock } = build(1, 0);
    const refusalAfterRun = async (ms: number) => {
      const release = await bulkhead.acquire(turn('a'), never);
      const refusal = bulkhead.refusalFor(turn('b'), 0);
      clock.advance(ms);
      release();
      return refusal;
    };

    const [first, longer, asFirst] = [
      await refusalAfterRun(1_000),
      await refusalAfterRun(100),
      await refusalAfterRun(100),
    ];

    expect(longer?.retryAfterMs).toBeGreaterThan(first?.retryAfterMs ?? Infinity);
    expect(asFirst).toBe(first);
  });

  it('forgets a waiting request at once when its signal is aborted, before any place is free', async () => {
    const { bulkhead } = build(1, 1);
    await bulkhead.acquire(turn('a'), never);
    const caller = new AbortController();
    const waiting = bulkhead.acquire(turn('b'), caller.signal);

    caller.abort(new Error('gone'));

    await expect(waiting).rejects.toThrow('gone');
    expect(bulkhead.queued).toBe(0);
  });

  it('frees a place once, however often it is given back', async () => {
    const { bulkhead } = build(1, 5);
    const release = await bulkhead.acquire(turn('a'), never);
    void bulkhead.acquire(turn('a'), never);
    void bulkhead.acquire(turn('a'), never);

    release();
    release();

    expect(bulkhead).toMatchObject({ running: 1, queued: 1 });
  });

  it('estimates the wait from how long operations took lately', async () => {
    const { bulkhead, clock } = build(1, 0);
    for (let run = 0; run < 50; run += 1) {
      const release = await bulkhead.acquire(turn('a'), never);
      clock.advance(4_000);
      release();
    }
    await bulkhead.acquire(turn('a'), never);

    const refusal = await bulkhead.acquire(turn('b'), never).catch((error: unknown) => error);

    expect((refusal as { retryAfterMs: number }).retryAfterMs).toBeCloseTo(4_000, -2);
  });

  it('loses no place in any order of arrivals, ends and aborts', async () => {
    const events = fc.array(fc.record({ act: fc.constantFrom('arrive', 'end', 'abort'), pick: fc.nat(20) }), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(events, async (story) => {
        const { bulkhead } = build(3, 4);
        const running: (() => void)[] = [];
        const callers: AbortController[] = [];
        for (const { act, pick } of story) {
          if (act === 'arrive') {
            const caller = new AbortController();
            callers.push(caller);
            bulkhead.acquire(turn(`owner-${pick % 3}`), caller.signal).then(
              (release) => running.push(release),
              () => undefined,
            );
          } else if (act === 'end') running.splice(pick % Math.max(1, running.length), 1)[0]?.();
          else callers[pick]?.abort();
          await settled();
          expect(bulkhead.running).toBe(running.length);
          expect(bulkhead.queued === 0 || bulkhead.running === 3).toBe(true);
        }
        while (running.length > 0) {
          running.shift()?.();
          await settled();
        }
        expect(bulkhead).toMatchObject({ running: 0, queued: 0 });
      }),
      { numRuns: 50 },
    );
  });
});
