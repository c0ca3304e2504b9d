const DURATION_UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE_UNITS = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;

/** What a file or a schema accepts as a duration or a size besides a number. */
export const DURATION_PATTERN = /^(\d{1,15}(?:\.\d{1,9})?)\s?(ms|s|m|h|d)?$/;
export const SIZE_PATTERN = /^(\d{1,15}(?:\.\d{1,9})?)\s?(B|KiB|MiB|GiB|TiB)?$/;

/** @returns milliseconds of `500ms`, `30s`, `5m`, `1h`, `1d` or bare seconds; undefined where it is none of them */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = 's'] = DURATION_PATTERN.exec(text.trim()) ?? [];
  if (amount === undefined) return undefined;
  return wholeNumber(Number(amount) * DURATION_UNITS_MS[unit as keyof typeof DURATION_UNITS_MS]);
}

/** @returns bytes of `64KiB`, `1MiB`, `2GiB` or bare bytes; undefined where it is none of them */
export function parseSize(text: string): number | undefined {
  const [, amount, unit = 'B'] = SIZE_PATTERN.exec(text.trim()) ?? [];
  if (amount === undefined) return undefined;
  return wholeNumber(Number(amount) * SIZE_UNITS[unit as keyof typeof SIZE_UNITS]);
}

/** The shortest text that `parseDuration` reads back as the same milliseconds. */
export function formatDuration(ms: number): string {
  return inLargestUnit(ms, DURATION_UNITS_MS);
}

/** The shortest text that `parseSize` reads back as the same bytes. */
export function formatSize(bytes: number): string {
  return bytes === 0 ? '0' : inLargestUnit(bytes, SIZE_UNITS);
}

function inLargestUnit(amount: number, units: Readonly<Record<string, number>>): string {
  const largest = Object.entries(units).findLast(([, size]) => amount >= size && amount % size === 0);
  const [name, size] = largest ?? ['ms', 1];
  return `${amount / size}${name}`;
}

// 0.1 s times 1000 is not exactly 100 in every case: what is a whole number but for rounding is one.
function wholeNumber(amount: number): number | undefined {
  const rounded = Math.round(amount);
  return Number.isSafeInteger(rounded) && Math.abs(amount - rounded) < 1e-6 ? rounded : undefined;
}
