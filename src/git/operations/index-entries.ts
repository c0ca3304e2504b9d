import { join } from 'node:path';

import { ServerError } from '../../shared/errors/index.js';
import { readRegularFile } from '../libgit2/small-file.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { type Facts } from './snapshot.js';

const MAX_BYTES = 2 ** 29;
const HEADER = 12;
const MODE = 24;
const OBJECT_ID = 40;
const EXTENDED = 0x4000;
const ASSUME_VALID = 0x8000;
const NAME_LENGTH = 0x0fff;

interface Cursor {
  readonly bytes: Buffer;
  readonly version: number;
  readonly idLength: number;
  at: number;
  /** Version 4 gives of each name only what differs from the one before it. */
  name: string;
}

/**
 * The entries of the index as gitformat-index(5) has them, without the times that say nothing of its content. Flags are
 * appended to the stage: `v` assume-valid, `s` skip-worktree, `i` intent-to-add.
 *
 * @throws ServerError `operation_failed` with `details.reason: 'unknown-index'` for a form that cannot be kept
 */
export function readIndexEntries({ gitDir, objectFormat }: Repository): Facts {
  const bytes = contentOf(join(gitDir, 'index'));
  return bytes === null ? new Map() : indexEntriesOf(bytes, objectFormat);
}

/** As `readIndexEntries`, of the bytes of an index. */
export function indexEntriesOf(bytes: Buffer, objectFormat: Repository['objectFormat']): Facts {
  const version = bytes.length > HEADER ? bytes.readUInt32BE(4) : 0;
  const idLength = objectFormat === 'sha256' ? 32 : 20;
  if (version < 2 || version > 4 || bytes.toString('latin1', 0, 4) !== 'DIRC') throw unknownIndex();
  const cursor = { bytes, version, idLength, at: HEADER, name: '' };
  const entries = new Map<string, string>();
  for (let left = bytes.readUInt32BE(8); left > 0; left -= 1) {
    const entry = nextEntry(cursor);
    const known = entries.get(cursor.name);
    entries.set(cursor.name, known === undefined ? entry : `${known}\n${entry}`);
  }
  refuseSplit(cursor);
  return entries;
}

function nextEntry(cursor: Cursor): string {
  const { bytes, at, idLength } = cursor;
  const flagsAt = at + OBJECT_ID + idLength;
  const mode = bytes
    .readUInt32BE(at + MODE)
    .toString(8)
    .padStart(6, '0');
  const id = bytes.toString('hex', at + OBJECT_ID, flagsAt);
  const flags = bytes.readUInt16BE(flagsAt);
  const isExtended = (flags & EXTENDED) !== 0;
  const more = isExtended ? bytes.readUInt16BE(flagsAt + 2) : 0;
  const marks = [flags & ASSUME_VALID ? 'v' : '', more & 0x4000 ? 's' : '', more & 0x2000 ? 'i' : ''];
  readName(cursor, flagsAt + (isExtended ? 4 : 2), flags & NAME_LENGTH);
  return `${mode} ${id} ${(flags >> 12) & 3}${marks.join('')}`;
}

function readName(cursor: Cursor, start: number, length: number): void {
  const { bytes, version, at } = cursor;
  if (version === 4) return readCompressedName(cursor, start);
  const end = length < NAME_LENGTH ? start + length : bytes.indexOf(0, start);
  cursor.name = bytes.toString('latin1', start, end);
  cursor.at = at + ((end - at + 8) & ~7);
}

function readCompressedName(cursor: Cursor, start: number): void {
  const { bytes } = cursor;
  let at = start;
  let byte = bytes[at] ?? 0;
  let dropped = byte & 0x7f;
  while (byte & 0x80) {
    at += 1;
    byte = bytes[at] ?? 0;
    dropped = ((dropped + 1) << 7) | (byte & 0x7f);
  }
  const end = bytes.indexOf(0, at + 1);
  cursor.name = cursor.name.slice(0, cursor.name.length - dropped) + bytes.toString('latin1', at + 1, end);
  cursor.at = end + 1;
}

// A split index has its other half elsewhere, a sparse one has folders for files.
function refuseSplit({ bytes, at, idLength }: Cursor): void {
  for (let next = at; next + 8 <= bytes.length - idLength; next += 8 + bytes.readUInt32BE(next + 4)) {
    if (['link', 'sdir'].includes(bytes.toString('latin1', next, next + 4))) throw unknownIndex();
  }
}

function contentOf(path: string): Buffer | null {
  try {
    return readRegularFile(path, MAX_BYTES);
  } catch (error) {
    throw error instanceof Unsuited ? unknownIndex() : error;
  }
}

function unknownIndex(): ServerError {
  const message =
    'The index of the repository is split, sparse or of an unknown version, which cannot be kept for an undo';
  return refused('unknown-index', message);
}
