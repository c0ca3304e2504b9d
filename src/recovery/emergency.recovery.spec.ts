import { describe, expect, it } from 'vitest';

import { ManualClock } from '../../test/support/manual-clock.js';
import { type CacheRecovery } from './cache.recovery.js';
import { EmergencyRecovery } from './emergency.recovery.js';
import { type TrafficRecovery } from './traffic.recovery.js';

const STEPS = [
  'stop operations',
  'clear caches',
  'reset circuits',
  'close sessions',
  'restart heartbeat and validation',
];

function recovery(broken: Partial<TrafficRecovery & CacheRecovery> = {}) {
  const done: string[] = [];
  const does = (name: string) => () => {
    done.push(name);
    return name;
  };
  const traffic = { stopOperations: does('stop'), closeSessions: does('close'), ...broken };
  const caches = { clear: does('clear'), resetCircuits: does('reset'), restart: does('restart'), ...broken };
  const run = new EmergencyRecovery(
    traffic as unknown as TrafficRecovery,
    caches as unknown as CacheRecovery,
    new ManualClock(),
  );
  return { run, done };
}

describe('Emergency recovery', () => {
  it('takes its steps in the order of the guide', async () => {
    const { run, done } = recovery();

    const { recovered, steps } = await run.run();

    expect(recovered).toBe(true);
    expect(steps.map(({ step }) => step)).toEqual(STEPS);
    expect(done).toEqual(['stop', 'clear', 'reset', 'close', 'restart']);
  });

  it.each([
    ['stopOperations', 0],
    ['clear', 1],
    ['resetCircuits', 2],
    ['closeSessions', 3],
    ['restart', 4],
  ] as const)('attempts all others where %s fails, and says that it did', async (broken, index) => {
    const { run, done } = recovery({ [broken]: fails });

    const { recovered, steps } = await run.run();

    expect(recovered).toBe(false);
    expect(done).toHaveLength(4);
    expect(steps.map((one) => one.done)).toEqual(STEPS.map((_, at) => at !== index));
    expect(steps[index]).toMatchObject({ step: STEPS[index], detail: 'it is broken' });
  });

  it('answers whoever asks while it runs with the same report, and runs again later', async () => {
    const { run, done } = recovery();

    const [one, other] = await Promise.all([run.run(), run.run()]);
    expect(one).toBe(other);
    expect(done).toHaveLength(5);

    await run.run();
    expect(done).toHaveLength(10);
  });
});

function fails(): never {
  throw new Error('it is broken');
}
