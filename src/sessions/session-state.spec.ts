import { describe, expect, it } from 'vitest';

import { CREATED, type SessionState } from './session-state.js';

/** What may follow what, as the operator's guide lists the states. */
const LEGAL: Record<string, readonly string[]> = {
  CREATED: ['ACTIVE', 'CLOSING', 'ERROR'],
  ACTIVE: ['CLOSING', 'ERROR', 'PAUSED'],
  PAUSED: ['ACTIVE', 'CLOSING', 'ERROR'],
  ERROR: ['CLOSING'],
  CLOSING: ['CLOSED'],
  CLOSED: [],
};

function reachableFrom(state: SessionState): SessionState[] {
  return Object.values(state)
    .filter((member) => typeof member === 'function')
    .map((transition) => (transition as () => SessionState)());
}

describe('Session states', () => {
  it('offer exactly the legal transitions, all of them reachable from CREATED', () => {
    const found = new Map<string, string[]>();
    const visit = (state: SessionState): void => {
      if (found.has(state.name)) return;
      const next = reachableFrom(state);
      found.set(state.name, next.map(({ name }) => name).toSorted());
      next.forEach(visit);
    };

    visit(CREATED);

    expect(Object.fromEntries(found)).toEqual(LEGAL);
  });

  it('do not compile where a transition is illegal', () => {
    const closing = CREATED.beginClose();

    // @ts-expect-error a closing session cannot be paused
    expect(closing.pause).toBeUndefined();
    // @ts-expect-error a session that nobody activated cannot be paused
    expect(CREATED.pause).toBeUndefined();
  });
});
