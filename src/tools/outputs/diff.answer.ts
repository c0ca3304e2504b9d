import { type DiffAnswer, type DiffFile } from '../../git/git-reads.port.js';
import { type AnswerForm } from '../answers/answer-form.js';
import { cursorAt, positionOf } from '../paging/cursor.js';
import { type PageRequest } from '../paging/list.page.js';
import { patchPage } from '../paging/patch.page.js';
import { type ToolAnswer } from '../tool.js';
import { type ChangesOutput, type DiffOutput } from './diff.output.js';
import { listing, omittedOutput, omittedText } from './listing.js';

/** The list of files never takes the patch's place. */
const FILES_SHARE = 0.25;
/** For the lines around the patch and the fields around it. */
const AROUND_BYTES = 600;

type DiffRequest = Omit<PageRequest, 'state'>;

export interface DiffPage {
  readonly text: string;
  readonly changes: ChangesOutput;
  readonly nextCursor?: string;
}

/**
 * The page of a diff that there is room for. What the cursor depends on is the diff itself.
 *
 * @param aroundBytes what else the answer holds
 */
export function diffPage(request: DiffRequest, diff: DiffAnswer, aroundBytes = 0): DiffPage {
  const place = { ...request, state: () => JSON.stringify(diff) };
  const at = positionOf(place);
  const [file = 0, hunk = 0, line = 0] = at ?? [];
  const { form } = request;
  const room = form.maxBytes - AROUND_BYTES - aroundBytes;
  if (form.verbosity === 'concise') return concise(diff, room);
  const files = at ? NO_FILES : filesIn(diff, room * FILES_SHARE, form);
  const weigh = weightIn(form);
  const bytes =
    at === undefined && weigh(diff.patch) <= room - files.structuredBytes ? room : room - files.bytes;
  const page = patchPage(diff.patch, { file, hunk, line }, { bytes, weigh });
  const { next } = page;
  const nextCursor = next && cursorAt(place, [next.file, next.hunk, next.line]);
  const truncated = next !== undefined || page.lineCut || diff.truncated;
  return {
    text: pageText(diff, page.text, files.text, nextCursor),
    changes: { ...(form.format === 'json' && { patch: page.text }), ...files.structured, truncated },
    ...(nextCursor !== undefined && { nextCursor }),
  };
}

/** The answer of a tool that shows a diff and nothing else. */
export function diffAnswer(request: DiffRequest, diff: DiffAnswer): ToolAnswer<DiffOutput> {
  const { text, changes, nextCursor } = diffPage(request, diff);
  return { text, structured: { ...changes, ...(nextCursor !== undefined && { next_cursor: nextCursor }) } };
}

/** A diff outside the answers of tools: the whole patch, or as much as git.maxOutputBytes allows and every file. */
export function diffText(diff: DiffAnswer): string {
  return pageText(
    diff,
    diff.patch,
    filesIn(diff, Number.POSITIVE_INFINITY, { format: 'text' }).text,
    undefined,
  );
}

function concise(diff: DiffAnswer, room: number): DiffPage {
  const { text, structured } = filesIn(diff, room, { format: 'text' });
  return {
    text: diff.files.length === 0 ? NOTHING : text.join('\n'),
    changes: { ...structured, truncated: structured.omitted !== undefined },
  };
}

const NOTHING = 'No changes.';

/** The patch, or that there is none; a first page that is not the last one names every file. */
function pageText(
  diff: DiffAnswer,
  patch: string,
  files: readonly string[],
  nextCursor: string | undefined,
): string {
  if (diff.files.length === 0 && diff.patch === '') return NOTHING;
  if (nextCursor === undefined && !diff.truncated) return patch;
  const goesOn =
    nextCursor === undefined
      ? '[The patch is cut here: git.maxOutputBytes allows no more. Ask for fewer files.]'
      : `[The patch goes on: call again with cursor ${nextCursor}]`;
  return [patch.trimEnd(), '', ...files, goesOn].join('\n');
}

interface ListedFiles {
  readonly text: readonly string[];
  readonly structured: Omit<ChangesOutput, 'truncated'>;
  /** What the list takes of the text, or of the structured content where that is the text. */
  readonly bytes: number;
  readonly structuredBytes: number;
}

const NO_FILES: ListedFiles = { text: [], structured: { files: [] }, bytes: 0, structuredBytes: 0 };

function filesIn(
  { files }: DiffAnswer,
  maxBytes: number,
  { format }: Pick<AnswerForm, 'format'>,
): ListedFiles {
  const { shown, omitted } = listing(files, maxBytes);
  const what = files.length === 1 ? '1 changed file:' : `All ${files.length} changed files:`;
  const text = [what, ...shown.map(fileText), ...omittedText(omitted)];
  const structured = { files: shown.map((file) => ({ ...file })), ...omittedOutput(omitted) };
  const structuredBytes = format === 'json' ? Buffer.byteLength(JSON.stringify(structured)) : 0;
  return { text, structured, structuredBytes, bytes: structuredBytes || Buffer.byteLength(text.join('\n')) };
}

function fileText({ path, from, status, additions, deletions, binary }: DiffFile): string {
  const name = from === undefined ? path : `${from} -> ${path}`;
  return `${status} ${name} ${binary ? 'binary' : `+${additions} -${deletions}`}`;
}

function weightIn({ format }: AnswerForm): (text: string) => number {
  if (format === 'text') return (text) => Buffer.byteLength(text);
  return (text) => Buffer.byteLength(JSON.stringify(text)) - '""'.length;
}
