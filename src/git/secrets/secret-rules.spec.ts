import { performance } from 'node:perf_hooks';

import { secretLintProfiler } from '@secretlint/profiler';
import { describe, expect, it } from 'vitest';

import { secretsIn } from './secret-rules.js';

const signal = new AbortController().signal;
// Put together here, so that no scan takes this file for one that has them.
const token = (letter: string) => ['ghp', letter.repeat(36)].join('_');

describe('Secrets in a text', () => {
  it('are found once each, wherever a long text is cut into pieces', async () => {
    const filler = `${'some words '.repeat(9)}\n`;
    const lines = Array.from({ length: 12_000 }, (_, row) =>
      row % 1_000 === 999 ? `${token('abcdefghijkl'.charAt(Math.floor(row / 1_000)))}\n` : filler,
    );

    const found = await secretsIn(lines.join(''), 'a.txt', signal);

    expect(found.map(({ line, rule }) => `${line} ${rule}`)).toEqual(
      Array.from({ length: 12 }, (_, index) => `${(index + 1) * 1_000} github`),
    );
    for (const { start, end } of found) expect(lines.join('').slice(start, end)).toMatch(/^ghp_/);
  });

  it('are looked for no longer than somebody waits', async () => {
    await expect(secretsIn(token('a'), 'a.txt', AbortSignal.abort())).rejects.toThrow('aborted');
  });

  it('leave nothing behind in the process, however many texts were looked at', async () => {
    for (let count = 0; count < 50; count += 1) await secretsIn(token('a'), `${count}.txt`, signal);
    await new Promise(setImmediate);

    expect(await secretLintProfiler.getEntries()).toEqual([]);
    expect(performance.getEntriesByType('mark')).toEqual([]);
  });
});
