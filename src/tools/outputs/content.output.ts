import { IsBoolean, IsInt, IsOptional, IsString } from 'class-validator';
import { isUtf8 } from 'node:buffer';

import { type FoundBlob } from '../../git/history/blob.reader.js';
import { MAX_POINTER_BYTES, parsePointer } from '../../git/lfs/pointer.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import {
  type ContentPart,
  contentPart,
  type ContentRange,
  countLineEnds,
  spanOf,
} from '../paging/content.page.js';
import { cursorAt, positionOf } from '../paging/cursor.js';
import { type PageRequest } from '../paging/list.page.js';
import { type ToolAnswer } from '../tool.js';
import { NextCursorField } from './listing.js';

export class ContentOutput {
  @Describe('Id of the commit, where a path was asked for')
  @IsOptional()
  @IsString()
  commit?: string;

  @IsOptional()
  @IsString()
  path?: string;

  @Describe('Id of the blob')
  @IsString()
  sha: string;

  @Describe('file, executable or symlink; blob where its id was given')
  @IsString()
  type: string;

  @Describe('Bytes of the whole file')
  @IsInt()
  size: number;

  @Describe('There is a NUL among its first 8,000 bytes, which is what git calls binary')
  @IsBoolean()
  binary: boolean;

  @Describe('utf-8, base64, or none where a binary file is only described')
  @IsString()
  encoding: string;

  @Describe('Bytes that are no UTF-8 were replaced by U+FFFD; base64 has them')
  @IsOptional()
  @IsBoolean()
  lossy?: boolean;

  @Describe('First byte of this part, the first of the file being 0')
  @IsInt()
  start_byte: number;

  @Describe('First byte after this part')
  @IsInt()
  end_byte: number;

  @Describe('Line in which this part begins; of text only')
  @IsOptional()
  @IsInt()
  start_line?: number;

  @Describe('The file is stored by Git LFS: this is its pointer, not its content')
  @IsOptional()
  @IsBoolean()
  lfs_pointer?: boolean;

  @Describe('Only with response_format json: otherwise the text of the answer is it')
  @IsOptional()
  @IsString()
  content?: string;

  @Describe('There is more of what was asked for')
  @IsBoolean()
  truncated: boolean;

  @NextCursorField()
  next_cursor?: string;
}

interface Wanted {
  readonly range: ContentRange;
  readonly base64: boolean;
}

/** For the fields around the content and the line that names the cursor. */
const AROUND_BYTES = 800;
/** As far as git looks for what makes a file a binary one. */
export const SNIFFED_BYTES = 8_000;

/** The part of a file that there is room for. */
export function contentAnswer(
  request: PageRequest,
  blob: FoundBlob,
  content: Buffer,
  { range, base64 }: Wanted,
): ToolAnswer<ContentOutput> {
  const [from] = positionOf(request) ?? [];
  const binary = content.subarray(0, SNIFFED_BYTES).includes(0);
  const about = aboutOf(blob, binary);
  if (binary && !base64) {
    const structured = { ...about, encoding: 'none', start_byte: 0, end_byte: 0, truncated: false };
    return { text: binaryText(blob), structured };
  }
  const span = spanOf(content, range);
  const part = partOf(request, content, { ...span, start: from ?? span.start }, base64);
  return shownAnswer(request, blob, content, { ...part, base64, about, span, range });
}

interface Shown extends ContentPart, Wanted {
  readonly about: ReturnType<typeof aboutOf>;
  readonly span: { readonly end: number };
}

function shownAnswer(
  request: PageRequest,
  blob: FoundBlob,
  content: Buffer,
  { start, end, next, base64, about, span, range }: Shown,
): ToolAnswer<ContentOutput> {
  const bytes = content.subarray(start, end);
  const text = bytes.toString(base64 ? 'base64' : 'utf8');
  // Of a huge file only the beginning was read, which may end before the range does.
  const isBeginning = content.length < blob.bytes && span.end === content.length;
  const goesBeyond = range.kind === 'lines' || range.end > content.length;
  const isCut = next !== undefined || (isBeginning && goesBeyond);
  const nextCursor = isCut && end > start ? cursorAt(request, [end]) : undefined;
  const more = nextCursor === undefined ? '' : `\n[It goes on: call again with cursor ${nextCursor}]`;
  return {
    text: text === '' ? NOTHING : `${text}${more}`,
    structured: {
      ...about,
      encoding: base64 ? 'base64' : 'utf-8',
      ...(!base64 && !isUtf8(bytes) && { lossy: true }),
      start_byte: start,
      end_byte: end,
      ...(!base64 && { start_line: countLineEnds(content, 0, start) + 1 }),
      ...(isPointer(content) && { lfs_pointer: true }),
      ...(request.form.format === 'json' && { content: text }),
      truncated: nextCursor !== undefined,
      ...(nextCursor !== undefined && { next_cursor: nextCursor }),
    },
  };
}

function isPointer(content: Buffer): boolean {
  return parsePointer(content.toString('latin1', 0, MAX_POINTER_BYTES + 1)) !== undefined;
}

const NOTHING = 'Nothing: the file is empty, or ends before the range.';

function partOf(
  { form }: PageRequest,
  content: Buffer,
  span: { readonly start: number; readonly end: number },
  base64: boolean,
): ContentPart {
  const bytes = form.maxBytes - AROUND_BYTES;
  const isJson = form.format === 'json' && !base64;
  // Three bytes are four characters.
  const room = base64 ? Math.floor(bytes / 4) * 3 : bytes;
  const fits = (part: Buffer) => !isJson || Buffer.byteLength(JSON.stringify(part.toString('utf8'))) <= bytes;
  return contentPart(content, span, { room: Math.max(3, room), fits, byLine: !base64 });
}

function aboutOf({ commit, path, sha, type, bytes }: FoundBlob, binary: boolean) {
  return {
    ...(commit !== undefined && { commit }),
    ...(path !== undefined && { path }),
    sha,
    type,
    size: bytes,
    binary,
  };
}

function binaryText({ path, sha, bytes }: FoundBlob): string {
  return `Binary file${path === undefined ? '' : ` ${path}`}: ${bytes} bytes, blob ${sha}. encoding base64 gives its bytes.`;
}
