import { hunkPart } from './hunk-part.js';
import { hunkBeginning, type PatchRoom } from './hunk-beginning.js';
import { afterLines, filesOf, headerOf, hunksOf, type PatchHunk } from './patch.parser.js';

/** The first line that is not shown yet: file, hunk in it, line in that. */
export interface PatchPosition extends WithinFile {
  readonly file: number;
}

interface WithinFile {
  readonly hunk: number;
  readonly line: number;
}

interface Part<P> {
  readonly text: string;
  /** Absent where all of it is shown. */
  readonly next?: P;
  /** A line was longer than a whole page and lost its end. */
  readonly lineCut: boolean;
}

export type PatchPage = Part<PatchPosition>;

/** A page this full ends before a hunk that has no room; an emptier one takes the beginning of it. */
const FULL = 0.5;

/**
 * The part of a patch that there is room for. It is a patch of its own: where it goes on within a file it repeats the
 * file's header, and where within a hunk, the range is that of the lines that are shown.
 */
export function patchPage(patch: string, from: PatchPosition, { bytes, weigh }: PatchRoom): PatchPage {
  let text = '';
  let left = bytes;
  let lineCut = false;
  let file = -1;
  for (const content of filesOf(patch)) {
    file += 1;
    if (file < from.file) continue;
    const begin = file === from.file ? from : { hunk: 0, line: 0 };
    const fill = text === '' ? 'empty' : left > bytes * FULL ? 'half' : 'full';
    const part = filePart(content, begin, { bytes: left, weigh }, fill);
    text += part.text;
    left -= weigh(part.text);
    lineCut ||= part.lineCut;
    if (part.next) return { text, next: { file, ...part.next }, lineCut };
  }
  return { text, lineCut };
}

/** @param fill of the page so far: on one that is empty, something of this file must be; on one that is full, nothing need */
function filePart(
  file: string,
  from: WithinFile,
  room: PatchRoom,
  fill: 'empty' | 'half' | 'full',
): Part<WithinFile> {
  const header = headerOf(file);
  let left = room.bytes - room.weigh(header);
  if (left < 0 && fill !== 'empty') return { text: '', next: from, lineCut: false };
  let shown = '';
  const hunks = hunksOf(file);
  let index = -1;
  for (const hunk of hunks) {
    index += 1;
    if (index < from.hunk) continue;
    const line = index === from.hunk ? from.line : 0;
    const start = afterLines(hunk.body, line);
    const text = restWithin(hunk, start, { ...room, bytes: left });
    if (text === undefined && shown === '' && fill !== 'full') {
      const beginning = hunkBeginning(hunk, start, { ...room, bytes: left });
      const { lines, isEnd, lineCut } = beginning;
      // The next page has room for the line.
      if (lineCut && fill !== 'empty') return { text: '', next: { hunk: index, line }, lineCut: false };
      const next = isEnd ? { hunk: index + 1, line: 0 } : { hunk: index, line: line + lines };
      const isLast = isEnd && hunks.next().done === true;
      return { text: header + beginning.text, lineCut, ...(!isLast && { next }) };
    }
    if (text === undefined)
      return { text: shown === '' ? '' : header + shown, next: { hunk: index, line }, lineCut: false };
    shown += text;
    left -= room.weigh(text);
  }
  return { text: header + shown, lineCut: false };
}

/** A hunk from a line on, where all of that has room. What has more characters than room need not be weighed. */
function restWithin(hunk: PatchHunk, start: number, { bytes, weigh }: PatchRoom): string | undefined {
  if (hunk.body.length - start > bytes) return undefined;
  const text = hunkPart(hunk, start, hunk.body.length);
  return weigh(text) > bytes ? undefined : text;
}
