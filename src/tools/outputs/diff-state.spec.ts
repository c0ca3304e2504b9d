import { describe, expect, it } from 'vitest';

import { type DiffAnswer } from '../../git/git-reads.port.js';
import { stateOfDiff, withState } from './diff-state.js';

const LONG = `${'+line\n'.repeat(200_000)}`;

function diff(change: Partial<DiffAnswer> = {}): DiffAnswer {
  return { patch: '+line\n', files: [], truncated: false, ...change };
}

describe('The state of a diff', () => {
  it('is the same for the same diff, and another for any other', () => {
    const file = { path: 'a', status: 'A', additions: 1, deletions: 0, binary: false };
    const others = [{ patch: '-line\n' }, { truncated: true }, { files: [file] }].map(diff);

    expect(stateOfDiff(diff())).toBe(stateOfDiff(diff()));
    expect(new Set([diff(), ...others].map(stateOfDiff)).size).toBe(4);
  });

  it('is found out beforehand while others have their turns', async () => {
    const long = diff({ patch: LONG });
    let turns = 0;
    const count = () => {
      turns += 1;
      turning = setImmediate(count);
    };
    let turning = setImmediate(count);

    const prepared = await withState(long);
    clearImmediate(turning);

    expect(prepared).toBe(long);
    expect(turns).toBeGreaterThanOrEqual(5);
    expect(stateOfDiff(long)).toBe(stateOfDiff({ ...long }));
    expect(stateOfDiff(long)).not.toBe(stateOfDiff(diff({ patch: `${LONG}+last\n` })));
  });

  it('is waited for once', async () => {
    const long = await withState(diff({ patch: LONG }));
    let isOver = false;
    const turn = new Promise<void>((resolve) => {
      setImmediate(() => {
        isOver = true;
        resolve();
      });
    });

    await withState(long);

    expect(isOver).toBe(false);
    await turn;
  });
});
