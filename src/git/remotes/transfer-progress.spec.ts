import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { TransferProgress } from './transfer-progress.js';

describe('The progress of a transfer', () => {
  it('goes through the phases of git', () => {
    const reports: unknown[] = [];
    const progress = new TransferProgress((report) => reports.push(report));

    progress.onLine('remote: Counting objects:  50% (1/2)');
    progress.onLine('Receiving objects:  50% (50/100), 1.00 MiB | 2.00 MiB/s');
    progress.onLine('Resolving deltas: 100% (7/7), done.');

    expect(reports).toEqual([
      { current: 2, total: 100, message: 'Counting objects 1/2' },
      { current: 47, total: 100, message: 'Receiving objects 50/100' },
      { current: 95, total: 100, message: 'Resolving deltas 7/7' },
    ]);
  });

  it('never goes back, whatever is said', () => {
    const phase = fc.constantFrom(
      'Counting objects',
      'Receiving objects',
      'Resolving deltas',
      'Updating files',
    );
    const line = fc
      .tuple(phase, fc.nat(100))
      .map(([name, percent]) => `${name}: ${percent}% (${percent}/100)`);
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string())), (lines) => {
        const seen: number[] = [];
        const progress = new TransferProgress(({ current }) => seen.push(current));
        for (const text of lines) progress.onLine(text);
        expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
        expect(seen.every((current) => current >= 0 && current <= 100)).toBe(true);
      }),
    );
  });
});
