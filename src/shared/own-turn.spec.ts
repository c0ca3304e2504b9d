import { describe, expect, it } from 'vitest';

import { ownTurnFor } from './own-turn.js';

const LONG_TEXT = 'x'.repeat(1_000_000);

describe('A turn of its own', () => {
  it('is given to one long text after the other, with turns of everybody else between them', async () => {
    const order: string[] = [];
    let others = 0;
    const goRound = () => {
      order.push('others');
      others += 1;
      if (others < 6) setImmediate(goRound);
    };
    const stretch = async (name: string) => {
      await ownTurnFor(LONG_TEXT);
      order.push(name);
    };

    setImmediate(goRound);
    await Promise.all(['first', 'second', 'third'].map(stretch));

    const stretches = order.filter((one) => one !== 'others');
    const neighbours = order.filter((one, index) => one !== 'others' && order[index + 1] === 'others');
    expect(stretches).toEqual(['first', 'second', 'third']);
    expect(neighbours).toEqual(expect.arrayContaining(['first', 'second']));
  });

  it('is not waited for by a short text', () => {
    expect(ownTurnFor('short')).toBeUndefined();
  });
});
