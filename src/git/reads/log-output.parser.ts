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
  const commits = new CommitStream();
  commits.read(output);
  return commits.found;
}

/** The same of an output that comes in parts: each commit is read while git looks for the next. */
export class CommitStream {
  readonly found: CommitInfo[] = [];
  /** Whole fields of a commit whose others have not come. */
  private rest = '';
  /** The beginning of the field after them. */
  private begun: Uint8Array[] = [];

  push(part: Uint8Array): void {
    const end = part.lastIndexOf(0) + 1;
    if (end === 0) this.begun.push(part);
    else {
      const fields = Buffer.concat([...this.begun, part.subarray(0, end)]);
      this.begun = [part.subarray(end)];
      this.read(fields.toString());
    }
  }

  /** @param fields each with its end */
  read(fields: string): void {
    const text = this.rest + fields;
    const ends = FIELDS.map(() => 0);
    let at = 0;
    while (findEnds(text, at, ends)) {
      this.found.push(commitAt(text, at, ends));
      at = (ends.at(-1) ?? 0) + 1;
    }
    this.rest = text.slice(at);
  }
}

export function parseFirstCommit(output: string): ParsedCommit | undefined {
  const ends = FIELDS.map(() => 0);
  if (!findEnds(output, 0, ends)) return undefined;
  return { commit: commitAt(output, 0, ends), rest: output.slice((ends.at(-1) ?? 0) + 1) };
}

/** @param ends are filled: where each field of the commit that begins at `from` ends @returns whether all are there */
function findEnds(text: string, from: number, ends: number[]): boolean {
  let at = from;
  for (let field = 0; field < FIELDS.length; field += 1) {
    const end = text.indexOf('\0', at);
    if (end === -1) return false;
    ends[field] = end;
    at = end + 1;
  }
  return true;
}

// A long log is read at the pace at which git prints it: nothing is cut out that is not kept.
function commitAt(text: string, at: number, ends: readonly number[]): CommitInfo {
  const [sha = 0, parents = 0, an = 0, ae = 0, ad = 0, cn = 0, ce = 0, cd = 0, message = 0] = ends;
  const author = identityOf(text, parents + 1, [an, ae, ad]);
  // Most have one author who is the committer as well, at the same moment.
  const isBoth = text.slice(parents + 1, ad) === text.slice(ad + 1, cd);
  return {
    sha: text.slice(at, sha),
    parents: sha + 1 === parents ? [] : text.slice(sha + 1, parents).split(' '),
    author,
    committer: isBoth ? author : identityOf(text, ad + 1, [cn, ce, cd]),
    message: text.slice(cd + 1, message),
  };
}

/** @param ends of name, of email, and of seconds and offset, as in `1700000000 +0130`; nothing for a date that cannot be read */
function identityOf(
  text: string,
  at: number,
  [name, email, date]: readonly [name: number, email: number, date: number],
): CommitIdentity {
  // Not by an expression, which takes half of the time of a long log.
  const raw = text.slice(email + 1, date);
  const end = raw.indexOf(' ');
  const zone = raw.slice(end + 2);
  const offset = Number(zone.slice(0, -2)) * 60 + Number(zone.slice(-2));
  const west = raw[end + 1] === '-' && offset > 0;
  return {
    name: text.slice(at, name),
    email: text.slice(name + 1, email),
    at: Number(raw.slice(0, end)),
    offsetMinutes: west ? -offset : offset,
  };
}
