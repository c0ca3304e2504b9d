import { type CommitIdentity, type CommitInfo, type LogFilters } from '../git-reads.port.js';

type Matches = (commit: CommitInfo) => boolean;

const KNOWN = new Set([
  'since',
  'until',
  'author',
  'committer',
  'grep',
  'fixedStrings',
  'ignoreCase',
  'merges',
  'firstParent',
]);
/** What an expression may hold that is no more than text, in any encoding and on one line. */
const TEXT = /^[\w @,:;/'"=&%!#~-]+$/;
const FIXED_TEXT = /^[ -;=?-~]+$/;
/** May be what parts the name of an identity from its address. */
const SPACE_AT_ITS_END = / $/;

/**
 * What `git log` takes commits by, where that can be told of a commit alone.
 *
 * @returns `undefined` where git is to tell: expressions, texts in other alphabets, changes, paths
 */
export function commitFilter(filters: LogFilters): Matches | undefined {
  if (!Object.keys(filters).every((name) => KNOWN.has(name))) return undefined;
  const { since = -Infinity, until = Infinity, author, committer, grep, merges } = filters;
  const { fixedStrings = false, ignoreCase = false } = filters;
  const text = fixedStrings ? FIXED_TEXT : TEXT;
  if (![author, committer, grep].every((wanted) => wanted === undefined || text.test(wanted)))
    return undefined;
  if ([author, committer].some((wanted) => SPACE_AT_ITS_END.test(wanted ?? ''))) return undefined;
  const fold = ignoreCase ? lowerCase : (line: string) => line;
  const holds = (line: string, wanted: string) => fold(line).includes(fold(wanted));
  const names = ({ name, email }: CommitIdentity, wanted: string | undefined) =>
    wanted === undefined || holds(name, wanted) || holds(email, wanted);
  return (commit) =>
    commit.committer.at >= since &&
    commit.committer.at <= until &&
    (merges === undefined || commit.parents.length > 1 === (merges === 'only')) &&
    names(commit.author, author) &&
    names(commit.committer, committer) &&
    (grep === undefined || holds(commit.message, grep));
}

/** As git does it, which knows of no other letters. */
function lowerCase(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
