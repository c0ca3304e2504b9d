const FIELDS = '--format=%H%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B';
const PATCH = ['-z', '--raw', '--numstat', '--no-abbrev', '-p', '--full-index', '-M'];
/** So many commits are asked for in turn. */
const REVISIONS = 100;
const REFS =
  '--format=%(refname)%00%(objectname)%00%(HEAD)%00%(symref)%00%(upstream:short)%00%(contents:subject)';

/**
 * What is asked, in the words of our server, of the other one, and of git. Revisions change from call to call. What is
 * promised is "times the rate of the other": with one call in flight, with eight, and with eight where no answer is kept.
 */
export const MCP_TOOLS = [
  {
    name: 'git_status',
    promised: { one: 1.5, eight: 2, uncached: 2 },
    ours: () => ({}),
    other: () => ({}),
    git: () => ['status', '--porcelain=v2', '--branch', '-z'],
  },
  {
    name: 'git_log',
    promised: { one: 5, eight: 8, uncached: 3 },
    ours: () => ({ max_count: 10 }),
    other: () => ({ maxCount: 10 }),
    git: () => ['log', '-z', FIELDS, '--date=raw', '-10'],
  },
  {
    name: 'git_show',
    promised: { one: 5, eight: 8, uncached: 3 },
    ours: (revision) => ({ revision }),
    other: (revision) => ({ object: revision }),
    git: (revision) => ['show', FIELDS, '--date=raw', ...PATCH, revision],
  },
  {
    name: 'git_diff',
    promised: { one: 5, eight: 8, uncached: 3 },
    ours: (revision) => ({ target: `${revision}~3..${revision}` }),
    other: (revision) => ({ source: `${revision}~3`, target: revision }),
    git: (revision) => ['diff', ...PATCH, `${revision}~3..${revision}`],
  },
  {
    name: 'git_branch',
    promised: { eight: 8, uncached: 3 },
    ours: () => ({ branch_type: 'local' }),
    other: () => ({ mode: 'list' }),
    git: () => ['for-each-ref', REFS, 'refs/heads'],
  },
];

/**
 * @param peer whom to ask, in which words of the tool (`args`), and in which field the repository stands (`path`)
 * @returns what makes one call; it is given how many were made before
 */
export function callsOf({ peer, args, path }, tool, repository) {
  const place = path === undefined ? {} : { [path]: repository.path };
  return (count) => {
    const words = tool[args](`${repository.young}~${count % REVISIONS}`);
    return peer.call(tool.name, Array.isArray(words) ? words : { ...place, ...words });
  };
}
