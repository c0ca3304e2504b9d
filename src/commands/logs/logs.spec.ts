import { describe, expect, it } from 'vitest';

import { LogAnalysis } from './log-analysis.js';
import { logFilter } from './log-filter.js';
import { type LogLine } from './log-lines.js';
import { TopCounts } from './top-counts.js';

const NOW = Date.UTC(2026, 0, 1, 12);

function line(changes: Partial<Record<string, unknown>> = {}): LogLine {
  return {
    level: 'info',
    timestamp: '2026-01-01T11:59:00.000Z',
    component: 'ToolCalls',
    message: 'Tool call served',
    session_id: 's1',
    request_id: 'r1',
    tool: 'git_log',
    ...changes,
  };
}

describe('The filter of logs', () => {
  it.each([
    [{ level: 'warn' }, { level: 'error' }, { level: 'info' }],
    [{ component: 'ToolCalls' }, {}, { component: 'Git' }],
    [{ session: 's1' }, {}, { session_id: 's2' }],
    [{ request: 'r1' }, {}, { request_id: 'r2' }],
    [{ tool: 'git_log' }, {}, { tool: 'git_show' }],
    [{ since: '5m' }, {}, { timestamp: '2026-01-01T11:50:00.000Z' }],
    [{ until: '2026-01-01T11:59:30Z' }, {}, { timestamp: '2026-01-01T11:59:31.000Z' }],
  ])('with %o takes %o and not %o', (options, wanted, unwanted) => {
    const filter = logFilter(options, NOW);

    expect(filter(line(wanted))).toBe(true);
    expect(filter(line(unwanted))).toBe(false);
  });

  it('refuses a level or a time that is none', () => {
    expect(() => logFilter({ level: 'loud' }, NOW)).toThrow('--level is one of');
    expect(() => logFilter({ since: 'yesterday' }, NOW)).toThrow('--since expects');
  });
});

describe('The analysis of logs', () => {
  it('names the most frequent errors with a sample, and the sessions that have most of them', () => {
    const analysis = new LogAnalysis();
    for (const session_id of ['s1', 's1', 's2']) analysis.add(line({ session_id, code: 'merge_conflict' }));
    analysis.add(
      line({ level: 'warn', component: 'Validation', message: 'Message refused', session_id: 's3' }),
    );
    analysis.add(line());

    const report = analysis.report();

    expect(report.top_errors.map(({ error, count }) => [error, count])).toEqual([
      ['ToolCalls: merge_conflict', 3],
      ['Validation: Message refused', 1],
    ]);
    expect(report.top_errors[0]?.sample).toMatchObject({ request_id: 'r1', tool: 'git_log' });
    expect(report.worst_sessions[0]).toEqual({ session_id: 's1', errors: 2 });
    expect(report.levels).toEqual({ info: 4, warn: 1 });
  });

  it('finds the minute with far more errors than usual', () => {
    const analysis = new LogAnalysis();
    const fail = (minute: string) =>
      analysis.add(line({ timestamp: `2026-01-01T${minute}:00.000Z`, code: 'operation_failed' }));
    for (const minute of ['11:00', '11:01', '11:02', '11:03']) fail(minute);
    for (let count = 0; count < 20; count += 1) fail('11:04');

    expect(analysis.report().spikes).toEqual([{ minute: '2026-01-01T11:04', errors: 20, usual: 1 }]);
  });

  it('keeps the ten slowest, the slowest first', () => {
    const analysis = new LogAnalysis();
    for (let ms = 1; ms <= 50; ms += 1) analysis.add(line({ duration_ms: (ms * 7) % 51 }));

    expect(analysis.report().slowest.map(({ duration_ms }) => duration_ms)).toEqual([
      50, 49, 48, 47, 46, 45, 44, 43, 42, 41,
    ]);
  });

  it('stays bounded however many different errors there are, and keeps the frequent one', () => {
    const counts = new TopCounts<number>();
    for (let key = 0; key < 30_000; key += 1) {
      counts.add(`rare ${key}`, key);
      if (key % 100 === 0) counts.add('frequent', key);
    }

    expect(counts.top(1)).toEqual([{ key: 'frequent', count: 300, sample: 0 }]);
    expect(counts.top(100_000).length).toBeLessThanOrEqual(10_000);
  });
});
