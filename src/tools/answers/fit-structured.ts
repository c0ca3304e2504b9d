import { cutAtCharacter } from './fit-text.js';

export interface FittedContent {
  readonly value: object;
  readonly truncated: boolean;
}

const MARK = { truncated: true };
const CUT = ' [cut]';
/** Each round cuts the heaviest part; what is still too large then is a record of very many fields. */
const MAX_ROUNDS = 32;

/**
 * Content of at most `maxBytes` as JSON: lists lose their ends, and where one text alone weighs more than the rest, it
 * loses its end. What was cut has `truncated: true`. What already fits is handed back as it is.
 */
export function fitStructured(content: object, maxBytes: number): FittedContent {
  if (weightOf(content) <= maxBytes) return { value: content, truncated: false };
  let value: object = { ...content, ...MARK };
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const excess = weightOf(value) - maxBytes;
    if (excess <= 0) break;
    value = lighter(value, excess) as object;
  }
  return { value, truncated: true };
}

function lighter(value: unknown, excess: number): unknown {
  if (typeof value === 'string') return shorterText(value, excess);
  if (typeof value !== 'object' || value === null) return value;
  const [key, weight] = heaviestOf(value);
  if (!Array.isArray(value)) return { ...value, [key]: lighter((value as Parts)[key], excess) };
  const items: readonly unknown[] = value;
  // One item that weighs more than all others is the one to cut, not what follows it.
  const oneIsHeavy = weight > weightOf(items) / 2;
  return oneIsHeavy
    ? items.map((item, index) => (String(index) === key ? lighter(item, excess) : item))
    : withoutEnd(items, excess);
}

type Parts = Record<string, unknown>;

function heaviestOf(value: object): [key: string, weight: number] {
  let heaviest: [string, number] = ['', -1];
  for (const [key, part] of Object.entries(value)) {
    const weight = weightOf(part);
    if (weight > heaviest[1]) heaviest = [key, weight];
  }
  return heaviest;
}

function withoutEnd(items: readonly unknown[], excess: number): unknown[] {
  let left = excess;
  let end = items.length;
  while (end > 0 && left > 0) {
    end -= 1;
    left -= weightOf(items[end]) + 1;
  }
  return items.slice(0, end);
}

// Escapes make JSON longer than its text: what is too much of the text is found in proportion.
function shorterText(text: string, excess: number): string {
  const share = 1 - (excess + CUT.length) / weightOf(text);
  return `${cutAtCharacter(text, Math.floor(Buffer.byteLength(text) * share))}${CUT}`;
}

function weightOf(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}
