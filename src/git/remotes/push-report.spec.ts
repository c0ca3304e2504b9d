import { describe, expect, it } from 'vitest';

import { parsePushReport } from './push-report.js';

describe('The report of a push', () => {
  it.each([
    [' \trefs/heads/a:refs/heads/a\t1111111..2222222', 'fast-forward', '1111111'],
    ['+\trefs/heads/a:refs/heads/a\t1111111...2222222 (forced update)', 'forced', '1111111'],
    ['*\trefs/heads/a:refs/heads/a\t[new branch]', 'new', null],
    ['-\t:refs/heads/a\t[deleted]', 'deleted', null],
    ['=\trefs/heads/a:refs/heads/a\t[up to date]', 'up-to-date', null],
  ])('%j is read', (line, outcome, before) => {
    expect(parsePushReport(`To /srv/x\n${line}\nDone\n`)).toEqual([{ ref: 'refs/heads/a', outcome, before }]);
  });

  it('gives the reason of a rejection', () => {
    const line = '!\trefs/heads/a:refs/heads/a\t[remote rejected] (pre-receive hook declined)';

    expect(parsePushReport(line)).toEqual([
      { ref: 'refs/heads/a', outcome: 'rejected', before: null, reason: 'pre-receive hook declined' },
    ]);
  });
});
