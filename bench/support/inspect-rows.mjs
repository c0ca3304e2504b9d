const signal = new AbortController().signal;

export const GREP = {
  pattern: 'line 3 of file 5',
  syntax: 'fixed',
  ignoreCase: false,
  wholeWords: false,
  where: 'worktree',
  untracked: false,
  paths: [],
  contextLines: 0,
};
export const GREP_OPTIONS = ['-n', '--column', '-z', '-I', '--full-name', '-F', '-e', GREP.pattern];
const grep =
  (query) =>
  (_, repo, { greps }) =>
    greps.lines(repo, { ...GREP, ...query }, signal);
const REF = '--format=%(refname)%00%(objectname)%00%(objecttype)%00%(*objectname)%00%(symref)%00';

/** What is asked of index, refs and histories: name, the call, git's arguments for the same. */
export const INSPECT_ROWS = [
  ['git_show_ref', (_, repo, { refs }) => refs.list(repo, [], signal), ['for-each-ref', REF]],
  [
    'git_rev_parse of a branch',
    (_, repo, { names }) => names.inspect(repo, ['topic-5'], signal),
    ['rev-parse', '--symbolic-full-name', 'topic-5'],
  ],
  [
    'git_rev_parse of a tree',
    (_, repo, { names }) => names.inspect(repo, ['HEAD~1^{tree}'], signal),
    ['rev-parse', 'HEAD~1^{tree}'],
  ],
  [
    'git_ls_files',
    (_, repo, { index }) => index.list(repo, 'tracked', [], signal),
    ['ls-files', '-z', '--stage'],
  ],
  [
    'git_ls_files untracked',
    (_, repo, { index }) => index.list(repo, 'untracked', [], signal),
    ['ls-files', '-z', '--others', '--exclude-standard'],
  ],
  [
    'git_reflog',
    (_, repo, { reflogs }) => reflogs.list(repo, 'HEAD', 50, signal),
    ['reflog', 'show', '-z', '--format=%H%x00%gd%x00%gs%x00%gn%x00%ge%x00', '--date=raw', '-50', 'HEAD'],
  ],
  [
    'git_describe',
    (_, repo, { descriptions }) =>
      descriptions.describe(
        repo,
        { revision: 'HEAD~7', names: 'all', contains: false, firstParent: false, abbrev: 7 },
        signal,
      ),
    ['describe', '--long', '--abbrev=7', '--all', 'HEAD~7'],
  ],
  ['git_grep', grep({}), ['grep', ...GREP_OPTIONS]],
  ['git_grep of the index', grep({ where: 'index' }), ['grep', '--cached', ...GREP_OPTIONS]],
  ['git_grep of a commit', grep({ revision: 'HEAD~1' }), ['grep', ...GREP_OPTIONS, 'HEAD~1']],
  [
    'git_cherry',
    (_, repo, { series }) => series.cherry(repo, { upstream: 'main', head: 'side' }, signal),
    ['cherry', '-v', '--abbrev=64', 'main', 'side'],
  ],
  [
    'git_range_diff',
    (_, repo, { series }) =>
      series.rangeDiff(repo, { old: 'topic-2', new: 'side', creationFactor: 60, patch: false }, signal),
    ['range-diff', '--abbrev=40', '--no-notes', '--no-patch', 'topic-2...side'],
  ],
  [
    'git_merge_tree',
    (_, repo, { merges }) => merges.merge(repo, { ours: 'main', theirs: 'side', unrelated: false }, signal),
    ['merge-tree', '--write-tree', '-z', '--messages', 'main', 'side'],
  ],
  [
    'git_tag',
    (_, repo, { tags }) => tags.find(repo, { order: 'name' }, signal),
    ['for-each-ref', REF, 'refs/tags'],
  ],
  [
    'git_stash list',
    (_, repo, { stashes }) => stashes.list(repo, signal),
    ['stash', 'list', '-z', '--format=%H%x1f%ct%x1f%gs'],
  ],
  [
    'git_worktree list',
    (_, repo, { worktrees }) => worktrees.list(repo, signal),
    ['worktree', 'list', '--porcelain', '-z'],
  ],
  [
    'git_fsck',
    (_, repo, { checks }) =>
      checks.check(repo, { connectivityOnly: false, unreachable: false, strict: false }, signal),
    ['fsck', '--full', '--no-dangling', '--no-progress'],
  ],
  ['git_notes', (_, repo, { notes }) => notes.list(repo, 'commits', signal), ['notes', 'list']],
  // The repository has neither submodules nor conflicts: what is measured is how soon that is known.
  ['git_submodule', (_, repo, { submodules }) => submodules.list(repo, signal), ['submodule', 'status']],
  [
    'git_conflicts',
    (_, repo, { conflicts }) => conflicts.list(repo, signal),
    ['ls-files', '--unmerged', '-z'],
  ],
  [
    'git_hunks',
    (_, repo, { hunks }) => hunks.list(repo, 'unstaged', [], signal),
    ['diff', '-p', '-U3', '--binary', '--full-index', '--no-renames'],
  ],
];
