import { type DiffAnswer, type DiffFile } from '../../git/git-reads.port.js';
import { type AnswerForm } from '../answers/answer-form.js';
import { type DiffOptionsInput } from '../fields/diff-options.input.js';
import { cursorAt, positionOf } from '../paging/cursor.js';
import { listPage, moreText, type PageRequest } from '../paging/list.page.js';
import { patchPage } from '../paging/patch.page.js';
import { type ToolAnswer } from '../tool.js';
import { stateOfDiff } from './diff-state.js';
import { type ChangesOutput, type DiffOutput } from './diff.output.js';
import { withoutLockFiles } from './lock-files.js';
import { listing, omittedOutput, omittedText } from './listing.js';

/** The list of files never takes the patch's place. */
const FILES_SHARE = 0.25;
/** For the lines around the patch and the fields around it. */
const AROUND_BYTES = 600;

/** Of a tool that takes them, the options are part of the input. */
interface DiffRequest extends Omit<PageRequest, 'state'> {
  readonly input: PageRequest['input'] & Partial<Pick<DiffOptionsInput, 'output' | 'lock_files' | 'paths'>>;
}

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
export function diffPage(request: DiffRequest, whole: DiffAnswer, aroundBytes = 0): DiffPage {
  const { input } = request;
  if (input.output !== undefined && input.output !== 'patch')
    return fileListPage(request, whole, input.output, aroundBytes);
  const { diff, leftOut } =
    input.lock_files === false ? withoutLockFiles(whole, input.paths ?? []) : { diff: whole, leftOut: [] };
  const place = { ...request, state: () => stateOfDiff(whole) };
  const page = patchPageOf(place, diff, aroundBytes + Buffer.byteLength(leftOut.join()));
  if (leftOut.length === 0) return page;
  const note = `[Left out, lock_files shows it: the patch of ${leftOut.join(', ')}]`;
  const text =
    diff.patch === '' && request.form.verbosity !== 'concise' ? note : `${page.text.trimEnd()}\n\n${note}`;
  return { ...page, text, changes: { ...page.changes, left_out: [...leftOut] } };
}

function patchPageOf(
  place: DiffRequest & Pick<PageRequest, 'state'>,
  diff: DiffAnswer,
  aroundBytes: number,
): DiffPage {
  const at = positionOf(place);
  const [file = 0, hunk = 0, line = 0] = at ?? [];
  const { form } = place;
  const room = form.maxBytes - AROUND_BYTES - aroundBytes;
  if (form.verbosity === 'concise') return concise(diff, room);
  const files = at ? NO_FILES : filesIn(diff, room * FILES_SHARE, form);
  const weigh = weightIn(form);
  const isWhole = at === undefined && isWithin(diff.patch, room - files.structuredBytes, weigh);
  const bytes = isWhole ? room : room - files.bytes;
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

const FILE_TEXTS = {
  stat: fileText,
  'name-only': ({ path }: DiffFile) => path,
  'name-status': ({ path, from, status }: DiffFile) =>
    [status, ...(from === undefined ? [] : [from]), path].join('\t'),
} as const;

/** Which files changed, without what changed in them. */
function fileListPage(
  request: DiffRequest,
  { files }: DiffAnswer,
  output: keyof typeof FILE_TEXTS,
  aroundBytes: number,
): DiffPage {
  const place = { ...request, state: () => JSON.stringify(files) };
  const textOf = FILE_TEXTS[output];
  const show = (file: DiffFile) => ({ text: textOf(file), structured: file });
  const page = listPage(place, files, show, aroundBytes);
  const { nextCursor } = page;
  const sum = output === 'stat' && nextCursor === undefined ? [sumText(files)] : [];
  return {
    text: files.length === 0 ? NOTHING : [...page.items.map(textOf), ...sum, ...moreText(page)].join('\n'),
    changes: {
      files: page.items.map((file) => ({ ...file })),
      ...omittedOutput(page.after),
      truncated: nextCursor !== undefined,
    },
    ...(nextCursor !== undefined && { nextCursor }),
  };
}

function sumText(files: readonly DiffFile[]): string {
  const added = files.reduce((sum, { additions }) => sum + additions, 0);
  const deleted = files.reduce((sum, { deletions }) => sum + deletions, 0);
  return `${files.length} ${files.length === 1 ? 'file' : 'files'} changed, +${added} -${deleted}`;
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

/** What has more characters than there is room for bytes need not be weighed. */
function isWithin(text: string, bytes: number, weigh: (text: string) => number): boolean {
  return text.length <= bytes && weigh(text) <= bytes;
}

function weightIn({ format }: AnswerForm): (text: string) => number {
  if (format === 'text') return (text) => Buffer.byteLength(text);
  return (text) => Buffer.byteLength(JSON.stringify(text)) - '""'.length;
}
