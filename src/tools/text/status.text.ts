import { type RepositoryStatus, type StatusEntry } from '../../git/git-reads.port.js';

const WORDS: Readonly<Record<string, string>> = {
  M: 'modified',
  A: 'new file',
  D: 'deleted',
  R: 'renamed',
  C: 'copied',
  T: 'typechange',
  U: 'unmerged',
};

/** As `git status` words it, without its advice on commands that a caller of tools cannot type. */
export function statusText(status: RepositoryStatus): string {
  const unmerged = status.entries.filter(isUnmerged);
  const merged = status.entries.filter((entry) => !isUnmerged(entry));
  const sections = [
    headline(status),
    section(
      'Unmerged paths:',
      unmerged.map((entry) => `unmerged:   ${entry.path}`),
    ),
    section(
      'Changes to be committed:',
      merged.flatMap((entry) => change(entry.index, entry)),
    ),
    section(
      'Changes not staged for commit:',
      merged.flatMap((entry) => change(entry.worktree, entry)),
    ),
    section(
      'Untracked files:',
      merged.filter(({ worktree }) => worktree === '?').map(({ path }) => path),
    ),
  ];
  const clean = status.entries.length === 0 ? ['nothing to commit, working tree clean'] : [];
  return [...sections.filter((text) => text !== ''), ...clean].join('\n\n');
}

/** As `git status --short --branch` prints it, ignored letters and all. */
export function shortStatusText({
  branch,
  head,
  upstream,
  ahead = 0,
  behind = 0,
  ...status
}: RepositoryStatus): string {
  const tracked = upstream === undefined ? '' : `...${upstream}`;
  const counts = [ahead > 0 && `ahead ${ahead}`, behind > 0 && `behind ${behind}`].filter(
    (one) => one !== false,
  );
  const distance = counts.length === 0 ? '' : ` [${counts.join(', ')}]`;
  const name = branch ?? 'HEAD (no branch)';
  return [
    `## ${head === null ? 'No commits yet on ' : ''}${name}${tracked}${distance}`,
    ...(status.operation === undefined ? [] : [`${status.operation} in progress${stepText(status)}`]),
    ...status.entries.map(shortEntryText),
  ].join('\n');
}

function shortEntryText({ index, worktree, path, from }: StatusEntry): string {
  const letters = `${index}${worktree}`.replaceAll('.', ' ');
  return `${letters} ${from === undefined ? path : `${from} -> ${path}`}`;
}

/** The lines of one entry, whatever sections they stand in. */
export function entryText(entry: StatusEntry): string {
  const lines = [...change(entry.index, entry), ...change(entry.worktree, entry)];
  return lines.length === 0 ? `unmerged:   ${entry.path}` : lines.join('\n');
}

function headline(status: RepositoryStatus): string {
  const { branch, head, upstream, ahead = 0, behind = 0, operation } = status;
  const lines = [
    branch === null ? `HEAD detached at ${head?.slice(0, 7) ?? 'nothing'}` : `On branch ${branch}`,
  ];
  if (head === null) lines.push('No commits yet');
  if (upstream !== undefined) lines.push(upstreamLine(upstream, ahead, behind));
  if (operation !== undefined)
    lines.push(`A ${operation} is in progress${stepText(status)}: git_continue goes on, git_abort undoes it`);
  return lines.join('\n');
}

/** ` (2 of 5)`; nothing where there is one step alone. */
function stepText({ progress: { step, total = 1 } = {} }: Pick<RepositoryStatus, 'progress'>): string {
  return step === undefined || total < 2 ? '' : ` (${step} of ${total})`;
}

function upstreamLine(upstream: string, ahead: number, behind: number): string {
  if (ahead === 0 && behind === 0) return `Up to date with ${upstream}`;
  if (behind === 0) return `Ahead of ${upstream} by ${ahead}`;
  if (ahead === 0) return `Behind ${upstream} by ${behind}`;
  return `Diverged from ${upstream}: ${ahead} here, ${behind} there`;
}

function isUnmerged({ index, worktree }: StatusEntry): boolean {
  return index === 'U' || worktree === 'U' || (index === worktree && (index === 'A' || index === 'D'));
}

function change(letter: string, { path, from }: StatusEntry): string[] {
  const word = WORDS[letter];
  if (word === undefined) return [];
  const moved = from !== undefined && (letter === 'R' || letter === 'C');
  return [`${`${word}:`.padEnd(12)}${moved ? `${from} -> ${path}` : path}`];
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [title, ...lines.map((line) => `  ${line}`)].join('\n');
}
