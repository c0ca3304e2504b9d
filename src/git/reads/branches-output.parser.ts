import { type BranchInfo } from '../git-reads.port.js';

const FIELDS = ['refname', 'objectname', 'HEAD', 'symref', 'upstream:short'];
const HEADS = 'refs/heads/';
const REMOTES = 'refs/remotes/';

const format = (track: string) =>
  `--format=${FIELDS.map((field) => `%(${field})%00`).join('')}${track}%00%(contents:subject)`;

export const BRANCH_FORMAT = format('');
/** With a comparison to the upstream, after a letter that says that it was made. */
export const TRACKING_FORMAT = format('t%(upstream:track,nobracket)');

/** Reads `git for-each-ref` or `git branch --list` in one of the formats above, one branch a line. */
export function parseBranches(output: string): readonly BranchInfo[] {
  return (
    output
      .split('\n')
      // git branch lists a detached HEAD as well, by a text in brackets.
      .filter((line) => line.startsWith('refs/'))
      .map((line) => line.split('\0'))
      .filter(([ref = '', , , symref = '']) => !isAlias(ref, symref))
      .map(([ref = '', sha = '', head = '', , upstream = '', track = '', ...subject]) => ({
        ...branchInfo(ref, sha, { subject: subject.join('\0'), current: head === '*', upstream }),
        ...(track !== '' && upstream !== '' && { tracking: trackingOf(track) }),
      }))
  );
}

/** `t`, `tgone`, `tahead 2, behind 1`. */
function trackingOf(track: string): NonNullable<BranchInfo['tracking']> {
  if (track === 'tgone') return 'gone';
  const count = (word: string) => Number(new RegExp(`${word} (\\d+)`).exec(track)?.[1] ?? 0);
  return { ahead: count('ahead'), behind: count('behind') };
}

export function branchInfo(
  ref: string,
  sha: string,
  { subject, current, upstream }: { subject: string; current: boolean; upstream?: string | undefined },
): BranchInfo {
  const remote = ref.startsWith(REMOTES);
  const name = ref.slice((remote ? REMOTES : HEADS).length);
  return { name, remote, sha, subject, current, ...(upstream ? { upstream } : {}) };
}

/** `origin/HEAD` is another name of a branch that is listed anyway. */
function isAlias(ref: string, symref: string): boolean {
  return ref.startsWith(REMOTES) && symref !== '';
}
