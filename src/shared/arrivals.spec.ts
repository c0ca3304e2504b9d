import { describe, expect, it } from 'vitest';

import { allArrived } from './arrivals.js';

describe('What arrives in one turn of the event loop', () => {
  it('is served after all of it has been read, in the order in which it came', async () => {
    const order: string[] = [];
    // Each in a callback of its own, as those of sockets are.
    const arrive = (name: string) =>
      new Promise<void>((served) => {
        setTimeout(() => {
          order.push(`${name} read`);
          void allArrived()
            .then(() => order.push(`${name} served`))
            .then(() => served());
        }, 1);
      });

    await Promise.all(['first', 'second', 'third'].map(arrive));

    expect(order).toEqual([
      'first read',
      'second read',
      'third read',
      'first served',
      'second served',
      'third served',
    ]);
  });

  it('waits for nothing that comes later', async () => {
    await allArrived();
    const later = allArrived();

    await expect(later).resolves.toBeUndefined();
  });
});
