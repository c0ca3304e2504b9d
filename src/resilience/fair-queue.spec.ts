import { describe, expect, it } from 'vitest';

import { FairQueue } from './fair-queue.js';

describe('A fair queue', () => {
  it('serves owners in turn, and each of them by arrival', () => {
    const queue = queueOf('a1', 'a2', 'a3', 'b1', 'b2', 'c1');

    expect(everything(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('puts an owner that comes back at the end of the line', () => {
    const queue = queueOf('a1', 'b1', 'c1');

    expect(queue.shift()).toBe('a1');
    queue.push('a', 'a2');

    expect(everything(queue)).toEqual(['b1', 'c1', 'a2']);
  });

  it('forgets who has left, and an owner with its last', () => {
    const queue = queueOf('a1', 'b1', 'b2', 'c1');

    expect([queue.remove('b', 'b1'), queue.remove('b', 'b1'), queue.remove('c', 'c1')]).toEqual([
      true,
      false,
      true,
    ]);

    expect([queue.size, queue.owners, queue.waitingOf('b'), queue.waitingOf('c')]).toEqual([2, 2, 1, 0]);
    expect(everything(queue)).toEqual(['a1', 'b2']);
    expect([queue.size, queue.owners]).toEqual([0, 0]);
  });

  it('gives up the newest of whoever waits for the most, if that is more than a number', () => {
    const queue = queueOf('a1', 'b1', 'b2', 'c1', 'c2');

    expect([queue.hasLongerThan(2), queue.dropFromLongest(2)]).toEqual([false, undefined]);
    expect([queue.hasLongerThan(1), queue.dropFromLongest(1)]).toEqual([true, 'b2']);
    expect(everything(queue)).toEqual(['a1', 'b1', 'c1', 'c2']);
  });
});

/** @param items each with its owner for a first letter */
function queueOf(...items: readonly string[]): FairQueue<string> {
  const queue = new FairQueue<string>();
  for (const item of items) queue.push(item.charAt(0), item);
  return queue;
}

function everything(queue: FairQueue<string>): readonly string[] {
  const served: string[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) served.push(next);
  return served;
}
