import { ServerError } from '../shared/errors/index.js';
import { maskUrlSecrets } from '../shared/text/mask-secrets.js';
import { visibleText } from '../shared/text/visible-text.js';
import { type ToolAnswer } from './tool.js';

/** Text of which nothing is hidden. Most is. */
const PLAIN = /^[\t\n\r\u0020-\u007E]*$/;
/** JSON escapes these itself, so they are seen wherever it is read, and come back as they were. */
const ESCAPED_BY_JSON = /((?:(?![\u{7F}-\u{9F}])\p{Cc})+)/u;

/**
 * What repositories say, as a model may see it: characters that it would obey and nobody would see are written out, and
 * credentials in URLs are masked. The one place of it: no tool does it itself.
 */
export function shownAnswer(answer: ToolAnswer<object>): ToolAnswer<object> {
  return { text: shownText(answer.text), structured: shownValue(answer.structured) as object };
}

/** The same for what a failed call tells. */
export function shownError(thrown: unknown): unknown {
  if (!(thrown instanceof ServerError) || thrown.details === undefined) return thrown;
  const details = shownValue(thrown.details) as typeof thrown.details;
  if (details === thrown.details) return thrown;
  const { code, message, retryAfterMs } = thrown;
  return new ServerError(code, message, {
    details,
    cause: thrown,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

// The line ends of Windows are no secret.
function shownText(text: string): string {
  const masked = maskUrlSecrets(text);
  return PLAIN.test(masked) && !/\r(?!\n)/.test(masked)
    ? masked
    : masked.split('\r\n').map(visibleText).join('\r\n');
}

function shownString(text: string): string {
  const masked = maskUrlSecrets(text);
  if (PLAIN.test(masked)) return masked;
  const parts = masked.split(ESCAPED_BY_JSON);
  return parts.map((part, index) => (index % 2 === 1 ? part : visibleText(part))).join('');
}

/** A value in which nothing is to be changed is returned as it is. */
function shownValue(value: unknown): unknown {
  if (typeof value === 'string') return shownString(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(shownValue);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  return shownFields(value as Readonly<Record<string, unknown>>);
}

// Every answer passes here, and hardly one has anything to change: no pair is made for each of its fields.
function shownFields(fields: Readonly<Record<string, unknown>>): object {
  const keys = Object.keys(fields);
  const values = keys.map((key) => shownValue(fields[key]));
  const isSame = keys.every((key, index) => values[index] === fields[key] && shownString(key) === key);
  return isSame ? fields : Object.fromEntries(keys.map((key, index) => [shownString(key), values[index]]));
}
