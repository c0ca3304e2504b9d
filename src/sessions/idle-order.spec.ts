import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { IdleOrder } from './idle-order.js';
import { type Session } from './session.js';

const NAMES = ['a', 'b', 'c', 'd'];
const action = fc.record({
  name: fc.constantFrom(...NAMES),
  kind: fc.constantFrom('append', 'remove', 'toNewest'),
});

describe('IdleOrder', () => {
  it('behaves as a list from which elements are taken and put at the end', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const order = new IdleOrder();
        const sessions = new Map(NAMES.map((id) => [id, { id } as Session]));
        let model: string[] = [];

        for (const { name, kind } of actions) {
          const session = sessions.get(name) as Session;
          const isListed = model.includes(name);
          if (kind === 'append' && !isListed) {
            order.append(session);
            model.push(name);
          } else if (kind === 'remove') {
            order.remove(session);
            model = model.filter((other) => other !== name);
          } else if (kind === 'toNewest' && isListed) {
            order.toNewest(session);
            model = [...model.filter((other) => other !== name), name];
          }
        }

        expect([...order.longestIdleFirst()].map(({ id }) => id)).toEqual(model);
      }),
    );
  });
});
