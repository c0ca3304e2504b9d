import { assert, dictionary, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { changeBetween, changed } from './environment-change.js';

const environment = dictionary(string({ minLength: 1, maxLength: 2 }), string({ maxLength: 2 }));

describe('The change between two environments', () => {
  it('makes of the one the other', () => {
    assert(
      property(environment, environment, (base, env) => {
        expect({ ...changed(base, changeBetween(base, env)) }).toEqual({ ...env });
      }),
    );
  });

  it('is empty between equal ones', () => {
    expect(changeBetween({ A: '1', B: '2' }, { B: '2', A: '1' })).toEqual({ set: {}, absent: [] });
  });
});
