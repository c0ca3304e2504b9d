import { type CommitIdentity, type CommitInfo } from '../git-reads.port.js';
import { Unsuited } from './unsuited.error.js';

// What git writes. Identities that were made by hand otherwise are read by git, which has rules for them.
const IDENTITY = /^(\S|\S[^<>\n]*\S|) ?<(\S|\S[^<>\n]*\S|)> (\d{1,12}) ([+-])(\d\d)(\d\d)$/;

/**
 * @param header the lines before the first empty line of a commit object
 * @param message what follows it, unchanged
 */
export function parseCommit(sha: string, header: string, message: string): CommitInfo {
  const lines = header.split('\n');
  const parents = lines.filter((line) => line.startsWith('parent ')).map((line) => line.slice(7));
  if (lines.some((line) => line.startsWith('encoding '))) throw new Unsuited('commit-encoding');
  return {
    sha,
    parents,
    author: parseIdentity(lines, 'author '),
    committer: parseIdentity(lines, 'committer '),
    message,
  };
}

/** The first paragraph as one line, as git's `%(contents:subject)`. */
export function subjectOf(message: string): string {
  // Git drops some carriage returns and keeps others.
  if (message.includes('\r')) throw new Unsuited('odd-subject');
  const start = message.search(/[^\n]/);
  if (start === -1) return '';
  const lines = message.slice(start).split('\n');
  const end = lines.indexOf('');
  return lines.slice(0, end === -1 ? lines.length : end).join(' ');
}

function parseIdentity(lines: readonly string[], key: string): CommitIdentity {
  const line = lines.find((candidate) => candidate.startsWith(key)) ?? '';
  const match = IDENTITY.exec(line.slice(key.length));
  if (!match) throw new Unsuited('odd-identity');
  const [, name = '', email = '', at, sign, hours, minutes] = match;
  const offset = Number(hours) * 60 + Number(minutes);
  return { name, email, at: Number(at), offsetMinutes: sign === '-' && offset > 0 ? -offset : offset };
}
