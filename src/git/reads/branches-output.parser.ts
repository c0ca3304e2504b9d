import { type BranchInfo } from '../git-reads.port.js';

const FIELDS = ['refname', 'objectname', 'HEAD', 'symref', 'upstream:short', 'contents:subject'];
const HEADS = 'refs/heads/';
const REMOTES = 'refs/remotes/';

export const BRANCH_FORMAT = `--format=${FIELDS.map((field) => `%(${field})`).join('%00')}`;

/** Reads `git for-each-ref` in the format above, one branch a line. */
export function parseBranches(output: string): readonly BranchInfo[] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\0'))
    .filter(([ref = '', , , symref = '']) => !isAlias(ref, symref))
    .map(([ref = '', sha = '', head = '', , upstream = '', ...subject]) =>
      branchInfo(ref, sha, { subject: subject.join('\0'), current: head === '*', upstream }),
    );
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
