import { type DiffFile } from '../git-reads.port.js';
import { ServerError } from '../../shared/errors/index.js';

export interface DiffOutput {
  readonly files: readonly DiffFile[];
  readonly patch: string;
}

type Counts = Pick<DiffFile, 'additions' | 'deletions' | 'binary'>;

const NUMSTAT = /^(\d+|-)\t(\d+|-)\t/;
/** The output ends within the numbers. */
const CUT_NUMSTAT = /^[\d-]+(?:\t[\d-]*)?$/;
const UNCOUNTED: Counts = { additions: 0, deletions: 0, binary: false };

/**
 * Reads what `git diff -z --raw --numstat -p` prints: files and counts, each ended by NUL, then an empty field and
 * the patch. Of a merge the counts come first. Output that was cut gives what is whole of it.
 *
 * @param options `conflicts`: a record of several parents is a file in conflict, and not of a merge commit
 */
export function parseDiffOutput(output: string, { conflicts = false } = {}): DiffOutput {
  const fields = new Fields(output);
  const files: Omit<DiffFile, keyof Counts>[] = [];
  const counts = new Map<string, Counts>();
  for (let field = fields.next(); isRecord(field); field = fields.next()) {
    const file = field.startsWith(':') ? rawFile(fields, conflicts) : readCounts(fields, counts);
    if (file) files.push(file);
  }
  return {
    files: files.map((file) => ({ ...file, ...(counts.get(file.path) ?? UNCOUNTED) })),
    patch: fields.patch(),
  };
}

function isRecord(field: string): boolean {
  return field.startsWith(':') || NUMSTAT.test(field);
}

function rawFile(fields: Fields, conflicts: boolean): Omit<DiffFile, keyof Counts> | undefined {
  const record = fields.take();
  const combined = record.startsWith('::');
  const status = combined && conflicts ? 'U' : (record.split(' ').at(-1)?.charAt(0) ?? '');
  // The record of a merge names one path, whatever happened to it on its way from each parent.
  const renamed = (status === 'R' || status === 'C') && !combined;
  const from = renamed ? fields.take() : undefined;
  const path = fields.take();
  if (path === '') return undefined;
  return from === undefined ? { path, status } : { path, status, from };
}

/** `1 TAB 2 TAB path`, or with a rename `1 TAB 2 TAB`, old path, new path. */
function readCounts(fields: Fields, counts: Map<string, Counts>): undefined {
  const [additions = '', deletions = '', ...rest] = fields.take().split('\t');
  let path = rest.join('\t');
  if (path === '') {
    fields.take();
    path = fields.take();
  }
  const binary = additions === '-';
  counts.set(path, { additions: Number(additions) || 0, deletions: Number(deletions) || 0, binary });
}

class Fields {
  private at = 0;

  constructor(private readonly output: string) {
    // What parts a commit from its diff: an empty line, or with a merge an empty field.
    if (output.startsWith('\n') || output.startsWith('\0')) this.at = 1;
  }

  /** The field that `take` would return, `''` at the end. */
  next(): string {
    const end = this.output.indexOf('\0', this.at);
    return this.output.slice(this.at, end === -1 ? this.output.length : end);
  }

  take(): string {
    const field = this.next();
    this.at += field.length + 1;
    return field;
  }

  patch(): string {
    const rest = this.output.slice(this.at);
    if (rest === '' || rest.startsWith('\0')) return rest.slice(1);
    if (CUT_NUMSTAT.test(rest)) return '';
    if (rest.startsWith('diff ')) return rest;
    throw new ServerError(
      'operation_failed',
      'git printed a diff in an unknown form; this is a fault of the server',
    );
  }
}
