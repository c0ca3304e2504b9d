import { type DiffAnswer, type DiffFile } from '../git-reads.port.js';
import { countLines, cutAtLine, quotePath } from '../patch-text.js';
import { type FileChange } from './file-change.js';
import { Unsuited } from './unsuited.error.js';

const NOBODY = '/dev/null';
const FILE_START = 'diff --git ';

/**
 * Puts git's headers before libgit2's hunks. The hunks are the same; in names, modes and their order the two
 * differ in small things, so that the headers are written here.
 *
 * @param text libgit2's patch of exactly these changes, in this order
 */
export function writePatch(changes: readonly FileChange[], text: string, maxBytes: number): DiffAnswer {
  const parts = splitFiles(text);
  if (parts.length !== changes.length) throw new Unsuited('patch-shape');
  return patchOf(changes, parts.map(bodyOf), maxBytes);
}

/** @param bodies of these files: their hunks, or the word that they are binary */
export function patchOf(
  changes: readonly FileChange[],
  bodies: readonly string[],
  maxBytes: number,
): DiffAnswer {
  const files: DiffFile[] = [];
  let patch = '';
  let cut = false;
  for (const [index, change] of changes.entries()) {
    const body = bodies[index] ?? '';
    const binary = body.startsWith('Binary files ');
    files.push({ path: change.path, status: change.status, binary, ...countLines(binary ? '' : body) });
    if (patch.length <= maxBytes) patch += fileHeader(change, body !== '') + fileBody(change, body, binary);
    else cut = true;
  }
  const { text: kept, truncated } = cutAtLine(patch, maxBytes);
  return { patch: kept, files, truncated: truncated || cut };
}

/** Lines of content begin with a sign, so that `diff --git ` at a line's start begins a file and nothing else. */
export function splitFiles(text: string): string[] {
  if (text === '') return [];
  if (!text.startsWith(FILE_START)) throw new Unsuited('patch-shape');
  return text
    .split(`\n${FILE_START}`)
    .map((part, index, all) => (index === all.length - 1 ? part : `${part}\n`));
}

export function bodyOf(file: string): string {
  const start = /^(?:@@ |Binary files )/m.exec(file)?.index;
  return start === undefined ? '' : file.slice(start);
}

function fileHeader(change: FileChange, hasBody: boolean): string {
  const { path, status, oldMode, newMode, oldSha, newSha } = change;
  const names = `${FILE_START}${quotePath(`a/${path}`)} ${quotePath(`b/${path}`)}\n`;
  const modeChanged = status === 'M' && oldMode !== newMode;
  const index = `index ${oldSha}..${newSha}`;
  if (status === 'A') return `${names}new file mode ${newMode}\n${index}\n`;
  if (status === 'D') return `${names}deleted file mode ${oldMode}\n${index}\n`;
  if (!modeChanged) return `${names}${index} ${newMode}\n`;
  const modes = `${names}old mode ${oldMode}\nnew mode ${newMode}\n`;
  return hasBody ? `${modes}${index}\n` : modes;
}

function fileBody({ path, status }: FileChange, body: string, binary: boolean): string {
  if (body === '') return '';
  const before = status === 'A' ? NOBODY : quotePath(`a/${path}`);
  const after = status === 'D' ? NOBODY : quotePath(`b/${path}`);
  if (binary) return `Binary files ${before} and ${after} differ\n`;
  return `--- ${before}${tab(before)}\n+++ ${after}${tab(after)}\n${body}`;
}

/** Git ends a name that holds a space with a tab, so that patch(1) does not take what follows for a date. */
function tab(name: string): string {
  return name.includes(' ') ? '\t' : '';
}
