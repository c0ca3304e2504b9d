const signal = new AbortController().signal;

const FIELDS = '--format=%H%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B';
const PATCH = ['-z', '--raw', '--numstat', '--no-abbrev', '-p', '--full-index', '-M'];
const REFS =
  '--format=%(refname)%00%(objectname)%00%(HEAD)%00%(symref)%00%(upstream:short)%00%(contents:subject)';
const contextLines = 3;

/** Name, the call, git's arguments for the same output, what is promised as "times as fast as git": cold and warm. */
export const READ_ROWS = [
  ['git_status', (r, repo) => r.status(repo, signal), ['status', '--porcelain=v2', '--branch', '-z']],
  [
    'git_diff_unstaged',
    (r, repo) => r.diff(repo, { kind: 'unstaged', contextLines }, signal),
    ['diff', ...PATCH],
  ],
  [
    'git_diff_staged',
    (r, repo) => r.diff(repo, { kind: 'staged', contextLines }, signal),
    ['diff', '--cached', ...PATCH],
  ],
  [
    'git_diff HEAD',
    (r, repo) => r.diff(repo, { kind: 'target', target: 'HEAD', contextLines }, signal),
    ['diff', ...PATCH, 'HEAD'],
  ],
  [
    'git_diff of commits',
    (r, repo) => r.diff(repo, { kind: 'target', target: 'HEAD~1..HEAD', contextLines }, signal),
    ['diff', ...PATCH, 'HEAD~1..HEAD'],
    1.2,
    10,
  ],
  [
    '  over three commits',
    (r, repo) => r.diff(repo, { kind: 'target', target: `${repo.old}..${repo.young}`, contextLines }, signal),
    ['diff', ...PATCH, 'HEAD~3..HEAD'],
    1 / 1.1,
    10,
  ],
  [
    'git_diff_branches',
    (r, repo) => r.diff(repo, { kind: 'branches', base: 'topic-5', compare: 'side', contextLines }, signal),
    ['diff', ...PATCH, 'topic-5...side'],
    1.2,
    10,
  ],
  [
    'git_log 10',
    (r, repo) => r.log(repo, { maxCount: 10 }, signal),
    ['log', '-z', FIELDS, '--date=raw', '-10'],
    3,
  ],
  [
    'git_log all',
    (r, repo) => r.log(repo, { maxCount: 100_000 }, signal),
    ['log', '-z', FIELDS, '--date=raw'],
  ],
  ['git_show', (r, repo) => r.show(repo, 'HEAD', signal), ['show', FIELDS, '--date=raw', ...PATCH], 1.2, 10],
  [
    'git_show of a merge',
    (r, repo) => r.show(repo, 'merge', signal),
    ['show', FIELDS, '--date=raw', ...PATCH, '--cc', 'merge'],
  ],
  [
    'git_branch',
    (r, repo) => r.branches(repo, { type: 'local' }, signal),
    ['for-each-ref', REFS, 'refs/heads'],
    1.2,
    10,
  ],
  [
    'git_branch contains',
    (r, repo) => r.branches(repo, { type: 'local', contains: 'HEAD~5' }, signal),
    ['for-each-ref', REFS, '--contains', 'HEAD~5', 'refs/heads'],
  ],
];
