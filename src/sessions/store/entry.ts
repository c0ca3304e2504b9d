import { crc32 } from 'node:zlib';

import { type JsonObject } from '../../shared/json.js';
import { type NumberedFrame, PlacedFrame } from '../resume/frame-room.js';
import { type SessionIsolation } from '../session-place.js';
import { type TokenDigests } from '../resume/resume-tokens.js';
import { type SessionCapabilities } from '../session-capabilities.js';
import { type WrittenLine } from './session-store.port.js';

/** Of what is written here. Whoever finds a higher one has met a later release, and leaves it alone. */
export const VERSION = 1;

/** A session without its frames and requests. Times are milliseconds since 1970. */
export interface SessionRecord {
  readonly id: string;
  /** Key of the principal that it belongs to. */
  readonly owner: string;
  readonly startedAtMs: number;
  /** Absent while the client was connected. */
  readonly parkedAtMs?: number;
  readonly paused: boolean;
  readonly capabilities: SessionCapabilities;
  readonly tokens: TokenDigests;
  readonly counters: Readonly<Record<string, number>>;
  readonly lastSeq: number;
  /** First frame that was numbered without knowing what the client has; absent once it has said so. */
  readonly provisionalFrom?: number;
  readonly repository?: string;
  readonly workingDirectory?: string;
  readonly isolations?: readonly SessionIsolation[];
  /** What it asked of the tools, as it asked. */
  readonly wish?: JsonObject;
  /** Everything follows that is to be known: what stands before it is void. */
  readonly whole?: true;
}

export interface BegunRequest {
  readonly id: string;
  readonly tool: string;
  /** What the work began with; absent before it began. In the words of whoever judges it. */
  readonly before?: JsonObject;
}

/** One thing that happened to a session. */
export type Entry =
  | { readonly kind: 'state'; readonly record: SessionRecord }
  | { readonly kind: 'frame'; readonly frame: NumberedFrame; readonly answers?: string }
  | { readonly kind: 'request'; readonly request: BegunRequest };

const PREFIX_LENGTH = prefixOf(0).length;
const [SPACE, ZERO, TEN] = [0x20, 0x30, 0x61];
const LETTERS = { state: 'S', frame: 'F', request: 'R' } as const;

/**
 * One line without its end: version, checksum, kind, JSON; the text of a frame follows as it is. Put together once, where it
 * is to be: the text of a frame may be long.
 */
export class EntryLine implements WrittenLine {
  private readonly head: string;
  private readonly text: string | PlacedFrame;

  constructor(entry: Entry) {
    this.head = LETTERS[entry.kind] + headOf(entry);
    this.text = entry.kind === 'frame' ? textOf(entry.frame) : '';
  }

  get length(): number {
    return PREFIX_LENGTH + this.head.length + this.text.length;
  }

  writeTo(into: Buffer, start: number): number {
    const body = start + PREFIX_LENGTH;
    const text = body + into.write(this.head, body);
    const end =
      typeof this.text === 'string' ? text + into.write(this.text, text) : this.text.writeTo(into, text);
    writePrefix(into, start, crc32(into.subarray(body, end)));
    return end;
  }

  toString(): string {
    const text = typeof this.text === 'string' ? this.text : this.text.text;
    return prefixOf(crc32(text, crc32(this.head))) + this.head + text;
  }
}

/** What is in bytes already stays so. */
function textOf(frame: NumberedFrame): string | PlacedFrame {
  return frame instanceof PlacedFrame ? frame : frame.text;
}

function prefixOf(sum: number): string {
  return `${VERSION} ${sum.toString(16).padStart(8, '0')} `;
}

/** As `prefixOf`, in a fifth of the time that it takes to make a text and to write it. */
function writePrefix(into: Buffer, start: number, sum: number): void {
  into[start] = ZERO + VERSION;
  into[start + 1] = SPACE;
  for (let at = start + 2, shift = 28; shift >= 0; at += 1, shift -= 4) {
    const digit = (sum >>> shift) & 15;
    into[at] = digit < 10 ? ZERO + digit : TEN + digit - 10;
  }
  into[start + PREFIX_LENGTH - 1] = SPACE;
}

/** JSON text holds neither line ends nor tabs as such. */
function headOf(entry: Entry): string {
  if (entry.kind === 'state') return JSON.stringify(entry.record);
  if (entry.kind === 'request') return JSON.stringify(entry.request);
  const { frame, answers } = entry;
  const answered = answers === undefined ? '' : `,"answers":${JSON.stringify(answers)}`;
  return `{"seq":${frame.seq}${answered}}\t`;
}

/** @returns `damaged` where the line is not what was written, `newer` where a later release wrote it */
export function decode(line: string): Entry | 'damaged' | 'newer' {
  const [, version, sum, body] = /^(\d{1,9}) ([0-9a-f]{8}) (.*)$/s.exec(line) ?? [];
  if (version === undefined || body === undefined) return 'damaged';
  if (Number(version) > VERSION) return 'newer';
  if (crc32(body) !== Number.parseInt(sum ?? '', 16)) return 'damaged';
  return parse(body[0] ?? '', body.slice(1));
}

function parse(letter: string, body: string): Entry | 'damaged' {
  try {
    if (letter === 'S') return { kind: 'state', record: JSON.parse(body) as SessionRecord };
    if (letter === 'R') return { kind: 'request', request: JSON.parse(body) as BegunRequest };
    const [head = '', text = ''] = body.split('\t', 2);
    const { seq, answers } = JSON.parse(head) as { seq: number; answers?: string };
    return { kind: 'frame', frame: { seq, text }, ...(answers !== undefined && { answers }) };
  } catch {
    return 'damaged';
  }
}
