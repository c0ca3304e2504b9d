import { describe, expect, it } from 'vitest';

import { planToken } from './plan-token.js';

const plan = {
  text: 'Would delete',
  effects: [{ action: 'delete', subject: 'refs/heads/a', from: '1', to: null }],
};
const input = { repo_path: '/r', branch: 'a', force: true };
const token = planToken('git_x', input, '/r', plan);

describe('The token of a plan', () => {
  it('is text that a model can copy', () => {
    expect(token).toMatch(/^[\w-]{22}$/);
  });

  it.each([
    ['how the call is made', { ...input, dry_run: true }],
    ['what agrees to it', { ...input, confirm: true, plan_token: 'x', idempotency_key: 'k' }],
    ['how it is answered', { ...input, max_bytes: 100, verbosity: 'full', response_format: 'json' }],
    ['the order of the arguments', { force: true, branch: 'a', repo_path: '/r' }],
  ])('is the same whatever %s', (_what, other) => {
    expect(planToken('git_x', other, '/r', plan)).toBe(token);
  });

  it('does not depend on how the plan is worded', () => {
    expect(planToken('git_x', input, '/r', { ...plan, text: 'other' })).toBe(token);
  });

  it.each([
    ['tool', planToken('git_y', input, '/r', plan)],
    ['argument', planToken('git_x', { ...input, branch: 'b' }, '/r', plan)],
    ['repository', planToken('git_x', input, '/s', plan)],
    ['effect', planToken('git_x', input, '/r', { ...plan, effects: [] })],
    ['value', planToken('git_x', input, '/r', { ...plan, effects: [{ ...plan.effects[0]!, from: '2' }] })],
  ])('is another one for another %s', (_what, other) => {
    expect(other).not.toBe(token);
  });
});
