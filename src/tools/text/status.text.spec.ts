import { describe, expect, it } from 'vitest';

import { type RepositoryStatus } from '../../git/git-reads.port.js';
import { statusText } from './status.text.js';

const clean: RepositoryStatus = { branch: 'main', head: '1f2e3d4c5b', entries: [] };

describe('statusText', () => {
  it('sorts entries into the sections that git status has', () => {
    const entries = [
      { path: 'staged.txt', index: 'A', worktree: '.' },
      { path: 'both.txt', index: 'M', worktree: 'M' },
      { path: 'new.txt', index: 'R', worktree: '.', from: 'old.txt' },
      { path: 'gone.txt', index: '.', worktree: 'D' },
      { path: 'conflict.txt', index: 'U', worktree: 'U' },
      { path: 'added-twice.txt', index: 'A', worktree: 'A' },
      { path: 'folder/', index: '?', worktree: '?' },
    ];

    expect(statusText({ ...clean, operation: 'merge', entries })).toBe(
      [
        'On branch main',
        'A merge is in progress: git_continue goes on, git_abort undoes it',
        '',
        'Unmerged paths:',
        '  unmerged:   conflict.txt',
        '  unmerged:   added-twice.txt',
        '',
        'Changes to be committed:',
        '  new file:   staged.txt',
        '  modified:   both.txt',
        '  renamed:    old.txt -> new.txt',
        '',
        'Changes not staged for commit:',
        '  modified:   both.txt',
        '  deleted:    gone.txt',
        '',
        'Untracked files:',
        '  folder/',
      ].join('\n'),
    );
  });

  it.each([
    ['a clean branch', clean, 'On branch main'],
    ['a detached HEAD', { ...clean, branch: null }, 'HEAD detached at 1f2e3d4'],
    ['an unborn branch', { ...clean, head: null }, 'On branch main\nNo commits yet'],
    [
      'level with upstream',
      { ...clean, upstream: 'o/main', ahead: 0, behind: 0 },
      'On branch main\nUp to date with o/main',
    ],
    ['ahead', { ...clean, upstream: 'o/main', ahead: 2, behind: 0 }, 'On branch main\nAhead of o/main by 2'],
    ['behind', { ...clean, upstream: 'o/main', ahead: 0, behind: 3 }, 'On branch main\nBehind o/main by 3'],
    [
      'diverged',
      { ...clean, upstream: 'o/main', ahead: 2, behind: 3 },
      'On branch main\nDiverged from o/main: 2 here, 3 there',
    ],
  ])('tells of %s', (_, status, headline) => {
    expect(statusText(status)).toBe(`${headline}\n\nnothing to commit, working tree clean`);
  });
});
