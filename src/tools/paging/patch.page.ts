import { hunkPart } from './hunk-part.js';
import { hunkBeginning, type PatchRoom } from './hunk-beginning.js';
import { parsePatch, type PatchFile } from './patch.parser.js';

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
  for (const [file, content] of parsePatch(patch).entries()) {
    if (file < from.file) continue;
    const begin = file === from.file ? from : { hunk: 0, line: 0 };
    const part = filePart(content, begin, { bytes: left, weigh }, left > bytes * FULL);
    text += part.text;
    left -= weigh(part.text);
    lineCut ||= part.lineCut;
    if (part.next) return { text, next: { file, ...part.next }, lineCut };
  }
  return { text, lineCut };
}

/** @param isEmpty the page has nearly nothing yet, so that something of this file must be on it */
function filePart(file: PatchFile, from: WithinFile, room: PatchRoom, isEmpty: boolean): Part<WithinFile> {
  let left = room.bytes - room.weigh(file.header);
  if (left < 0 && !isEmpty) return { text: '', next: from, lineCut: false };
  let hunks = '';
  for (const [index, hunk] of file.hunks.entries()) {
    if (index < from.hunk) continue;
    const line = index === from.hunk ? from.line : 0;
    const text = hunkPart(hunk, line, hunk.lines.length);
    const weight = room.weigh(text);
    if (weight > left && hunks === '' && isEmpty) {
      return beginningOf(file, { hunk: index, line }, { ...room, bytes: left });
    }
    if (weight > left) {
      return { text: hunks === '' ? '' : file.header + hunks, next: { hunk: index, line }, lineCut: false };
    }
    hunks += text;
    left -= weight;
  }
  return { text: file.header + hunks, lineCut: false };
}

function beginningOf({ header, hunks }: PatchFile, at: WithinFile, room: PatchRoom): Part<WithinFile> {
  const hunk = hunks[at.hunk];
  if (hunk === undefined) return { text: header, lineCut: false };
  const { text, end, lineCut } = hunkBeginning(hunk, at.line, room);
  const shown = { text: header + text, lineCut };
  if (end < hunk.lines.length) return { ...shown, next: { hunk: at.hunk, line: end } };
  return at.hunk + 1 < hunks.length ? { ...shown, next: { hunk: at.hunk + 1, line: 0 } } : shown;
}
