import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { LayoutAttack, NOTHING_FOUND } from '../support/attacks/layout-attack.js';
import { LAYOUT_CASES } from '../support/attacks/layout-cases.js';

const CASES = LAYOUT_CASES.filter(({ refused }) => refused !== undefined);

describe('A repository that is laid out to lead out of the roots, and refused', () => {
  let attack: LayoutAttack;

  beforeAll(async () => {
    attack = await LayoutAttack.start(CASES);
  }, 600_000);

  afterAll(() => attack?.stop());

  it.each(CASES.map(({ title }, index) => ({ title, index })))(
    'leads no tool anywhere: $title',
    ({ index }) => {
      expect(attack.findings(index)).toEqual(NOTHING_FOUND);
    },
  );
});
