import type { SettingInfo } from './setting.decorators.js';
import { formatDuration, formatSize } from './units.js';

export const HIDDEN = '[hidden]';

/** A URL without what a server would take as user and password. */
export function withoutCredentials(text: string): string {
  return text.replace(/:\/\/[^/@\s]*@/, `://${HIDDEN}@`);
}

/** For messages: one short line, secrets hidden. */
export function toShown(info: SettingInfo | undefined, value: unknown): string {
  if (info?.kind === 'records' && !(Array.isArray(value) && value.length === 0)) return HIDDEN;
  const text =
    typeof value === 'string' ? withoutCredentials(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** What a right value looks like, for the end of a message. */
export function expectationOf(info: SettingInfo): string {
  const example = EXAMPLES[info.kind];
  return `expected: ${kindOf(info)}${example === undefined ? '' : `; ${example}`}`;
}

const EXAMPLES: Partial<Record<SettingInfo['kind'], string>> = {
  duration: 'written as 30s, 500ms, 5m, 1h or bare seconds',
  bytes: 'written as 1MiB, 64KiB or bare bytes',
  records: 'in a variable or flag as a JSON array',
};

/** The kind of value with its range, for example `duration from 1s to 30d`. */
export function kindOf(info: SettingInfo): string {
  switch (info.kind) {
    case 'duration':
      return `duration${range(info, formatDuration)}`;
    case 'bytes':
      return `size${range(info, formatSize)}`;
    case 'count':
      return `whole number${range(info, String)}`;
    case 'ratio':
      return 'number from 0 to 1';
    case 'flag':
      return 'true or false';
    case 'choice':
      return `one of ${(info.choices ?? []).join(', ')}`;
    case 'text':
      return 'text';
    case 'list':
      return 'list of different texts';
    case 'records':
      return 'list of objects';
  }
}

function range(
  { min = 0, max = Number.MAX_SAFE_INTEGER }: SettingInfo,
  format: (amount: number) => string,
): string {
  if (max < Number.MAX_SAFE_INTEGER) return ` from ${format(min)} to ${format(max)}`;
  return min === 0 ? '' : ` of at least ${format(min)}`;
}
