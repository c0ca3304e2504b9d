import { delimiter, resolve } from 'node:path';

import type { ListItems, SettingInfo } from './setting.decorators.js';
import { formatDuration, formatSize, parseDuration, parseSize } from './units.js';

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
