import { unquotePath } from '../patch-text.js';
import { type ByteName } from '../work-tree/path-lists.js';

/** What changes besides lines, or instead of them. */
export type FilePatchKind = 'modified' | 'added' | 'deleted' | 'mode' | 'binary';

export interface Hunk {
  readonly oldStart: number;
  readonly newStart: number;
  /** What git writes after the second `@@`. */
  readonly section: string;
  /** Each with its ` `, `+`, `-` or `\` in front, without the end of the line. */
  readonly lines: readonly string[];
}

export interface FilePatch {
  readonly path: ByteName;
  readonly kind: FilePatchKind;
  /** From `diff --git` to the line before the first hunk. */
  readonly header: readonly string[];
  readonly hunks: readonly Hunk[];
  /** The patch of a binary file, as it stands. */
  readonly binary: readonly string[];
}

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)$/s;
const START = 'diff --git ';

/**
 * Reads what `git diff --no-renames --binary` prints, one character a byte. Files in conflict (`diff --cc`) are left out.
 */
export function parsePatch(output: string): readonly FilePatch[] {
  const files: FilePatch[] = [];
  let lines: string[] | undefined;
  for (const line of output.split('\n')) {
    if (line.startsWith('diff ') || line.startsWith('* Unmerged path ')) {
      if (lines) files.push(filePatch(lines));
      lines = line.startsWith(START) ? [line] : undefined;
    } else lines?.push(line);
  }
  if (lines) files.push(filePatch(lines));
  return files;
}

function filePatch(lines: readonly string[]): FilePatch {
  const end = lines.at(-1) === '' ? lines.length - 1 : lines.length;
  const first = lines.findIndex((line, at) => at > 0 && (HUNK.test(line) || line === 'GIT binary patch'));
  const header = lines.slice(0, first === -1 ? end : first);
  const body = first === -1 ? [] : lines.slice(first, end);
  const isBinary = body[0] === 'GIT binary patch';
  return {
    path: pathOf(header[0] ?? ''),
    kind: kindOf(header, isBinary),
    header,
    hunks: isBinary ? [] : hunksOf(body),
    binary: isBinary ? lines.slice(first) : [],
  };
}

/** Without renames both names are the same but for their first letter. */
function pathOf(line: string): ByteName {
  const names = line.slice(START.length);
  const one = unquotePath(names.slice((names.length + 1) / 2));
  return one.slice(2);
}

function kindOf(header: readonly string[], isBinary: boolean): FilePatchKind {
  const has = (pattern: RegExp) => header.some((line) => pattern.test(line));
  if (has(/^new file mode /)) return 'added';
  if (has(/^deleted file mode /)) return 'deleted';
  if (isBinary) return 'binary';
  return has(/^index /) ? 'modified' : 'mode';
}

function hunksOf(body: readonly string[]): readonly Hunk[] {
  const hunks: (Hunk & { lines: string[] })[] = [];
  for (const line of body) {
    const start = HUNK.exec(line);
    if (!start) hunks.at(-1)?.lines.push(line);
    else {
      const [, oldStart, newStart, section = ''] = start;
      hunks.push({ oldStart: Number(oldStart), newStart: Number(newStart), section, lines: [] });
    }
  }
  return hunks;
}
