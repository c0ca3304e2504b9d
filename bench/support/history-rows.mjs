import { GREP, GREP_OPTIONS } from './inspect-rows.mjs';

const signal = new AbortController().signal;
const contextLines = 3;
const FIELDS = '--format=%H%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B';
const PATCH = ['-z', '--raw', '--numstat', '--no-abbrev', '-p', '--full-index', '-M'];
const PATH = 'area5/part0/file5.txt';

const log = (query) => (engines, repo) =>
  engines.reads.log(repo, { revision: repo.young, maxCount: 10, ...query }, signal);
const logOf = (repo, ...options) => ['log', '-z', FIELDS, '--date=raw', '-11', ...options, repo.young];
const blame = (query) => (engines, repo) =>
  engines.blame.blame(
    repo,
    {
      revision: repo.young,
      path: PATH,
      moves: false,
      copies: 'none',
      ignoreWhitespace: false,
      ignoreRevisions: [],
      ...query,
    },
    signal,
  );

async function catFile({ blobs }, repo) {
  const blob = await blobs.inCommit(repo, repo.young, PATH, signal);
  return blobs.beginning(repo, blob, blob.bytes, signal);
}

/** What is addressed by object id: name, the call, git's arguments for the same. */
export const HISTORY_ROWS = [
  [
    'git_show',
    ({ reads }, repo) => reads.show(repo, repo.young, signal),
    (repo) => ['show', FIELDS, ...PATCH, repo.young],
  ],
  [
    'git_diff of ids',
    ({ reads }, repo) =>
      reads.diff(repo, { kind: 'target', target: `${repo.old}..${repo.young}`, contextLines }, signal),
    (repo) => ['diff', ...PATCH, repo.old, repo.young],
  ],
  [
    '  by words',
    ({ reads }, repo) =>
      reads.diff(
        repo,
        { kind: 'target', target: `${repo.old}..${repo.young}`, contextLines, wordDiff: true },
        signal,
      ),
    (repo) => ['diff', ...PATCH, '--word-diff=porcelain', repo.old, repo.young],
  ],
  ['git_log', log({}), (repo) => logOf(repo)],
  ['  of a path', log({ paths: [PATH] }), (repo) => [...logOf(repo), '--', PATH]],
  ['  by author', log({ author: 'Ada' }), (repo) => logOf(repo, '--author=Ada')],
  ['  -S', log({ pickaxe: 'version 200' }), (repo) => logOf(repo, '-Sversion 200')],
  [
    '  -L',
    log({ range: { path: PATH, lines: { start: 1, end: 10 } } }),
    (repo) => logOf(repo, `-L1,10:${PATH}`).filter((option) => option !== '-z'),
  ],
  ['  graph', log({ graph: true }), (repo) => logOf(repo, '--graph').filter((option) => option !== '-z')],
  ['git_blame', blame({}), (repo) => ['blame', '--porcelain', repo.young, '--', PATH]],
  ['  moves', blame({ moves: true }), (repo) => ['blame', '--porcelain', '-M', repo.young, '--', PATH]],
  ['git_cat_file', catFile, (repo) => ['cat-file', '-p', `${repo.young}:${PATH}`]],
  [
    'git_co_change',
    ({ coChange }, repo) =>
      coChange.find(repo, { revision: repo.young, paths: [PATH], maxCommits: 1_000, maxFiles: 100 }, signal),
    (repo) => ['log', '--format=%H', '--name-only', '--no-merges', '--full-diff', repo.young, '--', PATH],
  ],
  [
    'git_ls_tree',
    ({ treeLists }, repo) =>
      treeLists.list(repo, { revision: repo.young, path: 'area5', recursive: false }, signal),
    (repo) => ['ls-tree', '-z', '--long', `${repo.young}:area5`],
  ],
  [
    '  recursive',
    ({ treeLists }, repo) =>
      treeLists.list(repo, { revision: repo.young, path: '', recursive: true }, signal),
    (repo) => ['ls-tree', '-z', '-r', '--long', repo.young],
  ],
  [
    'git_merge_base',
    ({ ancestry }, repo) => ancestry.ask(repo, 'best', [repo.old, repo.young], signal),
    (repo) => ['merge-base', repo.old, repo.young],
  ],
  [
    '  independent',
    ({ ancestry }, repo) => ancestry.ask(repo, 'independent', [repo.old, repo.young], signal),
    (repo) => ['merge-base', '--independent', repo.old, repo.young],
  ],
  [
    'git_merge_tree',
    ({ inspect }, repo) =>
      inspect.merges.merge(repo, { ours: repo.young, theirs: 'side', unrelated: false }, signal),
    (repo) => ['merge-tree', '--write-tree', '-z', '--messages', repo.young, 'side'],
  ],
  [
    'git_shortlog',
    ({ contributors }, repo) =>
      contributors.list(
        repo,
        { to: repo.young, group: 'author', merges: true, paths: [], churn: false },
        signal,
      ),
    (repo) => ['shortlog', '--summary', '--numbered', '--email', repo.young],
  ],
  [
    'git_grep of a folder',
    ({ inspect }, repo) =>
      inspect.greps.lines(repo, { ...GREP, where: 'index', revision: repo.young, paths: ['area5'] }, signal),
    (repo) => ['grep', ...GREP_OPTIONS, repo.young, '--', 'area5'],
  ],
];
