import { type CommitIdentity } from '../git-reads.port.js';

export interface BlamedCommit {
  readonly sha: string;
  readonly author: CommitIdentity;
  readonly summary: string;
  /** Nothing before it was looked at: the first commit, or where the history was cut. */
  readonly boundary: boolean;
}

export interface BlamedLine {
  readonly sha: string;
  /** In the file that was asked for, from 1. */
  readonly line: number;
  /** Where it stood in the commit that brought it, and in which file. */
  readonly originalLine: number;
  readonly originalPath: string;
  /** Without its end. */
  readonly text: string;
}

export interface ParsedBlame {
  readonly commits: ReadonlyMap<string, BlamedCommit>;
  readonly lines: readonly BlamedLine[];
}

const START = /^([0-9a-f]{40,64}) (\d+) (\d+)(?: \d+)?$/;

/** Reads `git blame --porcelain`: of each line ids and numbers, of each commit once who made it, then the text. */
export function parseBlame(output: string): ParsedBlame {
  const commits = new Map<string, BlamedCommit>();
  const paths = new Map<string, string>();
  const lines: BlamedLine[] = [];
  let at: Omit<BlamedLine, 'text' | 'originalPath'> | undefined;
  let about = new Map<string, string>();
  for (const line of output.split('\n')) {
    if (at === undefined) {
      const [, sha = '', original = '', final = ''] = START.exec(line) ?? [];
      if (sha === '') continue;
      at = { sha, line: Number(final), originalLine: Number(original) };
      about = new Map();
    } else if (line.startsWith('\t')) {
      if (about.has('author')) commits.set(at.sha, commitOf(at.sha, about));
      const path = about.get('filename') ?? paths.get(at.sha) ?? '';
      paths.set(at.sha, path);
      lines.push({ ...at, originalPath: path, text: line.slice(1) });
      at = undefined;
    } else {
      const [name = ''] = line.split(' ', 1);
      about.set(name, line.slice(name.length + 1));
    }
  }
  return { commits, lines };
}

function commitOf(sha: string, about: ReadonlyMap<string, string>): BlamedCommit {
  const [, sign = '+', hours = '0', minutes = '0'] =
    /^([+-])(\d+)(\d\d)$/.exec(about.get('author-tz') ?? '') ?? [];
  const offset = Number(hours) * 60 + Number(minutes);
  const author = {
    name: about.get('author') ?? '',
    email: (about.get('author-mail') ?? '').replace(/^<(.*)>$/, '$1'),
    at: Number(about.get('author-time') ?? 0),
    offsetMinutes: sign === '-' && offset > 0 ? -offset : offset,
  };
  return { sha, author, summary: about.get('summary') ?? '', boundary: about.has('boundary') };
}
