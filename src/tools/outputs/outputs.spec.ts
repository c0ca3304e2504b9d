import { describe, expect, it } from 'vitest';

import { commitText, isoDate } from './commit.output.js';
import { diffText } from './diff.answer.js';
import { headText } from './head.output.js';
import { pathsText } from './paths.output.js';
import { refUpdatesText } from './ref-update.output.js';

const sha = '1f2e3d4c5b6a79881726354453627180fedcba98';
const file = { path: 'a', status: 'M', additions: 1, deletions: 2, binary: false };

describe('isoDate', () => {
  it.each([
    [1_705_329_025, 0, '2024-01-15T14:30:25+00:00'],
    [1_705_329_025, 60, '2024-01-15T15:30:25+01:00'],
    [1_705_329_025, -570, '2024-01-15T05:00:25-09:30'],
    [0, 0, '1970-01-01T00:00:00+00:00'],
    [1e15, 0, '@1000000000000000'],
  ])('shows %d at %d minutes east', (at, offsetMinutes, text) => {
    expect(isoDate({ at, offsetMinutes })).toBe(text);
  });
});

describe('commitText', () => {
  it('is what git log prints, merges included', () => {
    const author = { name: 'Ada', email: 'ada@example.org', at: 1_705_329_025, offsetMinutes: 60 };
    const commit = {
      sha,
      parents: [sha, sha],
      author,
      committer: author,
      message: 'Merge topic\n\nBoth ways.\n',
    };

    expect(commitText(commit)).toBe(
      [
        `commit ${sha}`,
        'Merge: 1f2e3d4 1f2e3d4',
        'Author: Ada <ada@example.org>',
        'Date:   2024-01-15T15:30:25+01:00',
        '',
        '    Merge topic',
        '',
        '    Both ways.',
      ].join('\n'),
    );
  });
});

describe('diffText', () => {
  it('says that nothing differs', () => {
    expect(diffText({ patch: '', files: [], truncated: false })).toBe('No changes.');
  });

  it('is the patch itself', () => {
    expect(diffText({ patch: 'diff --git a/a b/a\n', files: [file], truncated: false })).toBe(
      'diff --git a/a b/a\n',
    );
  });

  it('says that a patch was cut and names every file', () => {
    const text = diffText({
      patch: 'diff --git a/a b/a\n',
      files: [file, { ...file, path: 'b' }],
      truncated: true,
    });

    expect(text).toContain('[The patch is cut here: git.maxOutputBytes');
    expect(text).toContain('All 2 changed files:\nM a +1 -2\nM b +1 -2');
  });
});

describe('headText', () => {
  it.each([
    [{ branch: 'main', head: sha }, 'main at 1f2e3d4'],
    [{ branch: null, head: sha }, 'HEAD detached at 1f2e3d4'],
    [{ branch: 'main', head: null }, 'main no commit yet'],
  ])('%o is %s', (head, text) => {
    expect(headText(head)).toBe(text);
  });
});

describe('pathsText', () => {
  it('cuts a list that is longer than anyone reads, and says so', () => {
    const paths = Array.from({ length: 150 }, (_, index) => `file-${index}`);

    const lines = pathsText('Staged', paths).split('\n');

    expect(lines).toHaveLength(102);
    expect(lines[0]).toBe('Staged 150 paths:');
    expect(lines.at(-1)).toBe('and 50 more');
  });

  it('says that there was nothing to do', () => {
    expect(pathsText('Staged', [])).toContain('nothing');
  });
});

describe('refUpdatesText', () => {
  it('gives each ref a line with its ids and its outcome', () => {
    expect(
      refUpdatesText([
        { ref: 'refs/heads/main', from: sha, to: sha, outcome: 'forced' },
        { ref: 'refs/heads/new', from: null, to: sha, outcome: 'new' },
        { ref: 'refs/heads/no', from: sha, to: null, outcome: 'rejected', reason: 'fetch first' },
      ]),
    ).toBe(
      [
        'refs/heads/main 1f2e3d4..1f2e3d4 (forced)',
        'refs/heads/new 1f2e3d4 (new)',
        'refs/heads/no 1f2e3d4 (rejected: fetch first)',
      ].join('\n'),
    );
  });

  it('says when there was nothing to update', () => {
    expect(refUpdatesText([])).toBe('Everything up-to-date');
  });
});
