import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Session } from '../sessions/session.js';
import { HeartbeatWheel, type Pulse } from './heartbeat.wheel.js';

const SLOTS = 7;

describe('HeartbeatWheel', () => {
  it('holds each session in exactly one slot for as long as it is there', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 60 }), (toggled) => {
        const wheel = new HeartbeatWheel(SLOTS);
        const present = new Map<number, Pulse>();

        for (const id of toggled) {
          const pulse = present.get(id);
          if (pulse === undefined) present.set(id, wheel.add({ id: String(id) } as Session));
          else {
            wheel.remove(pulse);
            present.delete(id);
          }
        }

        const found = Array.from({ length: SLOTS }, (_, slot) => wheel.due(slot)).flat();
        expect(found.map(({ session }) => session.id).toSorted()).toEqual(
          [...present.keys()].map(String).toSorted(),
        );
      }),
    );
  });
});
