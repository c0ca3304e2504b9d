import { type CommitIdentity, type CommitInfo } from '../git-reads.port.js';

const FIELDS = ['%H', '%P', '%an', '%ae', '%ad', '%cn', '%ce', '%cd', '%B'];

/** Nine fields, NUL between them; with `-z` a NUL ends the record. Dates must be `--date=raw`. */
export const COMMIT_FORMAT = `--format=${FIELDS.join('%x00')}`;

export interface ParsedCommit {
  readonly commit: CommitInfo;
  /** What follows the record. */
  readonly rest: string;
}

export function parseCommits(output: string): readonly CommitInfo[] {
  const fields = output.split('\0');
  const commits: CommitInfo[] = [];
  for (let at = 0; at + FIELDS.length < fields.length; at += FIELDS.length) {
    commits.push(commitOf(fields.slice(at, at + FIELDS.length)));
  }
  return commits;
}

export function parseFirstCommit(output: string): ParsedCommit | undefined {
  let end = -1;
  for (let count = 0; count < FIELDS.length; count += 1) {
    end = output.indexOf('\0', end + 1);
    if (end === -1) return undefined;
  }
  return { commit: commitOf(output.slice(0, end).split('\0')), rest: output.slice(end + 1) };
}

function commitOf(fields: readonly string[]): CommitInfo {
  const [sha = '', parents = '', an = '', ae = '', ad = '', cn = '', ce = '', cd = '', message = ''] = fields;
  return {
    sha,
    parents: parents === '' ? [] : parents.split(' '),
    author: identityOf(an, ae, ad),
    committer: identityOf(cn, ce, cd),
    message,
  };
}

/** @param date seconds and offset, as in `1700000000 +0130` */
function identityOf(name: string, email: string, date: string): CommitIdentity {
  const [, at = '0', sign = '+', hours = '0', minutes = '0'] = /^(-?\d+) ([+-])(\d+)(\d\d)$/.exec(date) ?? [];
  const offset = Number(hours) * 60 + Number(minutes);
  return { name, email, at: Number(at), offsetMinutes: sign === '-' && offset > 0 ? -offset : offset };
}
