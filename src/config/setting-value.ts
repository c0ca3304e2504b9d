import { delimiter, resolve } from 'node:path';

import type { ListItems, SettingInfo } from './setting.decorators.js';
import {
  DURATION_PATTERN,
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
  SIZE_PATTERN,
} from './units.js';

export const HIDDEN = '[hidden]';

const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
};

/**
 * Turns what a variable or a flag holds into what a file would hold.
 *
 * @returns a number, boolean, list or object where the text is one; the text itself otherwise, so that the
 *   check of the type can refuse it
 */
export function fromText(info: SettingInfo, text: string): unknown {
  switch (info.kind) {
    case 'count':
    case 'ratio':
      return /^[+-]?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
    case 'flag':
      return FLAGS[text.trim().toLowerCase()] ?? text;
    case 'list':
      return fromJson(text) ?? splitList(text, info.items);
    case 'records':
      return fromJson(text) ?? text;
    default:
      return text;
  }
}

/**
 * Parses the units of a value as a file holds it. What has the wrong type is returned as it is, for the
 * validator to refuse.
 *
 * @param folder what relative paths are relative to
 */
export function toValue(info: SettingInfo, raw: unknown, folder: string): unknown {
  const isNumber = typeof raw === 'number' && raw >= 0;
  if (info.kind === 'duration') {
    if (isNumber) return parseDuration(String(raw)) ?? String(raw);
    return typeof raw === 'string' ? (parseDuration(raw) ?? raw) : raw;
  }
  if (info.kind === 'bytes') return typeof raw === 'string' ? (parseSize(raw) ?? raw) : raw;
  if (info.items === 'path' && Array.isArray(raw)) {
    return raw.map((item: unknown) =>
      typeof item === 'string' && item !== '' ? resolve(folder, item) : item,
    );
  }
  return raw;
}

/** The value as an operator writes it: units instead of milliseconds and bytes. */
export function toWritten(info: SettingInfo, value: unknown): unknown {
  if (info.kind === 'duration' && typeof value === 'number') return formatDuration(value);
  if (info.kind === 'bytes' && typeof value === 'number') return formatSize(value);
  return value;
}

/** For messages: one short line, secrets hidden. */
export function toShown(info: SettingInfo | undefined, value: unknown): string {
  if (info?.kind === 'records' && !(Array.isArray(value) && value.length === 0)) return HIDDEN;
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** What a right value looks like, as the end of a sentence. */
export function expectationOf(info: SettingInfo): string {
  switch (info.kind) {
    case 'duration':
      return `expected a duration such as 30s, 500ms, 5m, 1h or bare seconds${range(info, formatDuration)}`;
    case 'bytes':
      return `expected a size such as 1MiB, 64KiB or bare bytes${range(info, formatSize)}`;
    case 'count':
      return `expected a whole number${range(info, String)}`;
    case 'ratio':
      return 'expected a number from 0 to 1';
    case 'flag':
      return 'expected true or false';
    case 'choice':
      return `expected one of ${(info.choices ?? []).join(', ')}`;
    case 'text':
      return 'expected text';
    case 'list':
      return 'expected a list of different texts';
    case 'records':
      return 'expected a list of objects (in a variable or flag as a JSON array)';
  }
}

/** The type of the setting as a file may write it, in JSON Schema; records are left to the caller. */
export function writtenSchemaOf(info: SettingInfo): Record<string, unknown> {
  switch (info.kind) {
    case 'duration':
      return { type: ['string', 'number'], pattern: DURATION_PATTERN.source, minimum: 0 };
    case 'bytes':
      return { type: ['string', 'integer'], pattern: SIZE_PATTERN.source, minimum: 0 };
    case 'count':
      return { type: 'integer', minimum: info.min, maximum: info.max };
    case 'ratio':
      return { type: 'number', minimum: info.min, maximum: info.max };
    case 'flag':
      return { type: 'boolean' };
    case 'choice':
      return { enum: info.choices };
    case 'text':
      return { type: 'string' };
    case 'list':
    case 'records':
      return { type: 'array', uniqueItems: true, items: { type: 'string' } };
  }
}

function range(
  { min = 0, max = Number.MAX_SAFE_INTEGER }: SettingInfo,
  format: (amount: number) => string,
): string {
  if (max >= Number.MAX_SAFE_INTEGER) return min === 0 ? '' : `, at least ${format(min)}`;
  return `, from ${format(min)} to ${format(max)}`;
}

function fromJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

// An address may hold the delimiter itself: before a port, before the `//` of a scheme, inside the brackets of IPv6.
const ADDRESS = /(?:[a-z][a-z0-9+.-]*:\/\/)?(?:\[[^\]]*\]|[^:[\]]+)(?::\d+)?(?=:|$)/gi;

function splitList(text: string, items: ListItems = 'word'): string[] {
  if (items === 'address' && delimiter === ':') return text.match(ADDRESS) ?? [text];
  return text.split(delimiter).filter((item) => item !== '');
}
