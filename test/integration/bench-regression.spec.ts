import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { beforeAll, describe, expect, it } from 'vitest';

interface Row {
  readonly what: string;
  readonly against: string;
  readonly target: { readonly atLeast?: number; readonly atMost?: number };
  readonly ratio: number;
}
interface Section {
  readonly name: string;
  readonly rows: readonly Row[];
}
interface BaselineRow extends Row {
  readonly section: string;
  readonly runs: number;
  readonly margin: number;
}
interface Regression {
  baselineRows(runs: readonly (readonly Section[])[]): readonly BaselineRow[];
  losses(
    baseline: readonly BaselineRow[],
    sections: readonly Section[],
  ): readonly { section: string; what: string; text: string }[];
}

const MODULE = join(import.meta.dirname, '../../bench/support/regression.mjs');

const rate = (ratio: number): Row => ({ what: 'log', against: 'git', target: { atLeast: 3 }, ratio });
const block = (ratio: number): Row => ({ what: 'block', against: '20 ms', target: { atMost: 1 }, ratio });
const git = (...rows: Row[]): Section => ({ name: 'git', rows });

describe('The comparison of ratios with the baseline', () => {
  let regression: Regression;

  beforeAll(async () => {
    regression = (await import(pathToFileURL(MODULE).href)) as Regression;
  });

  const baselineOf = (...ratios: number[]) =>
    regression.baselineRows(ratios.map((ratio) => [git(rate(ratio))]));

  it('allows what the noise of the runs explains, and no more', () => {
    const baseline = baselineOf(3.6, 4, 4.4);
    const [{ margin = 0 } = {}] = baseline;

    expect(baseline).toMatchObject([{ section: 'git', what: 'log', ratio: 4, runs: 3 }]);
    expect(regression.losses(baseline, [git(rate(4 / margin + 0.01))])).toEqual([]);
    expect(regression.losses(baseline, [git(rate(4 / margin - 0.01))])).toMatchObject([
      { section: 'git', what: 'log' },
    ]);
  });

  it('allows more where the runs differed more', () => {
    const [calm] = baselineOf(4, 4, 4);
    const [noisy] = baselineOf(2, 4, 8);

    expect(noisy?.margin).toBeGreaterThan((calm?.margin ?? 0) * 2);
  });

  it('takes more for worse where less is wanted', () => {
    const baseline = regression.baselineRows([[git(block(0.1))], [git(block(0.1))]]);

    expect(regression.losses(baseline, [git(block(0.01))])).toEqual([]);
    expect(regression.losses(baseline, [git(block(0.9))])).toMatchObject([{ what: 'block' }]);
  });

  it('takes a row that is gone for lost, but not what was not run', () => {
    const baseline = baselineOf(4, 4);

    expect(regression.losses(baseline, [git()])).toMatchObject([{ what: 'log' }]);
    expect(regression.losses(baseline, [])).toEqual([]);
  });
});
