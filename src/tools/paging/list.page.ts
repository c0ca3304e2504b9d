import { type AnswerForm } from '../answers/answer-form.js';
import { cursorAt, type Place, positionOf } from './cursor.js';

export interface PageRequest extends Place {
  readonly form: AnswerForm;
}

export interface ShownItem {
  readonly text: string;
  readonly structured: object | string;
}

export interface ListPage<T, Shown = ShownItem> {
  readonly items: readonly T[];
  /** The same as they are shown. */
  readonly shown: readonly Shown[];
  /** How many there are on the pages before and after. */
  readonly before: number;
  readonly after: number;
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/** For the line that names the cursor, and for what stands before and around the items. */
const AROUND_BYTES = 500;

/**
 * The part of a list that an answer has room for, from where the cursor says.
 *
 * @param show an item as it stands in the text and in the structured content
 * @param aroundBytes what else the answer holds
 * @returns at least one item where any is left
 */
export function listPage<T, Shown extends ShownItem>(
  request: PageRequest,
  items: readonly T[],
  show: (item: T) => Shown,
  aroundBytes = 0,
): ListPage<T, Shown> {
  const [from = 0] = positionOf(request) ?? [];
  const room = request.form.maxBytes - AROUND_BYTES - aroundBytes;
  let text = 0;
  let structured = 0;
  let end = Math.min(from, items.length);
  const shown: Shown[] = [];
  for (const item of items.slice(end)) {
    const next = show(item);
    text += Buffer.byteLength(next.text) + 1;
    structured += Buffer.byteLength(JSON.stringify(next.structured)) + 1;
    if (Math.max(text, structured) > room && end > from) break;
    shown.push(next);
    end += 1;
  }
  const after = items.length - end;
  const nextCursor = after > 0 ? { nextCursor: cursorAt(request, [end]) } : {};
  return { items: items.slice(from, end), shown, before: from, after, ...nextCursor };
}

/** The line of a text that leads to the next page; none on the last one. */
export function moreText({ after, nextCursor }: Pick<ListPage<unknown>, 'after' | 'nextCursor'>): string[] {
  if (nextCursor === undefined) return [];
  return [`[${after} more: call again with cursor ${nextCursor}]`];
}

export interface PageOutput {
  omitted?: number;
  next_cursor?: string;
  truncated?: true;
}

/** What the structured content of a page says beside its items; nothing on the last one. */
export function pageOutput({
  after,
  nextCursor,
}: Pick<ListPage<unknown>, 'after' | 'nextCursor'>): PageOutput {
  return nextCursor === undefined ? {} : { omitted: after, next_cursor: nextCursor, truncated: true };
}
