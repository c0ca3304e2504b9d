const MASK = '***';
const SECRET_KEY = /token|authorization|passw|secret|sha256|cookie|api_?key|private_?key|credential/i;

/** More of one string than anybody reads in a log; what is cut is said. */
const MAX_TEXT = 8_192;
const MAX_DEPTH = 5;
const MAX_ITEMS = 100;

/**
 * Takes out of a text what must not be in a log: credentials in URLs, bearer tokens, tokens of the well-known
 * forges; and control characters, which a terminal would obey. Each pattern takes linear time on any text.
 */
export function scrubText(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
  return cut
    .replaceAll(/:\/\/[^\s/]*@/g, `://${MASK}@`)
    .replaceAll(/\b(bearer|basic)\s+[\w.~+/=-]+/gi, `$1 ${MASK}`)
    .replaceAll(/([?&](?:access_token|private_token|token|key|password)=)[^&\s#]*/gi, `$1${MASK}`)
    .replaceAll(/\b(gh[pousr]_|github_pat_|glpat-|xox[abpr]-)[\w-]+/g, `$1${MASK}`)
    .replaceAll(/[^\P{Cc}\n\t]/gu, '\u{FFFD}');
}

/** A copy that is safe to write: secrets masked by their key, texts scrubbed, depth and length bounded. */
function scrub(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrubText(value);
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function')
    return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[…]';
  if (value instanceof Error) return scrubError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Map || value instanceof Set) return scrub([...(value as Iterable<unknown>)], depth);
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => scrub(item, depth + 1));
  return scrubFields(value, depth);
}

export function scrubFields(fields: object, depth = 0): Record<string, unknown> {
  const entries = Object.entries(fields).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    entries.map(([key, value]) => [
      scrubText(key),
      SECRET_KEY.test(key) && isSet(value) ? MASK : scrub(value, depth + 1),
    ]),
  );
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'boolean';
}

function scrubError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const { code } = error as NodeJS.ErrnoException;
  return {
    name: scrubText(String(name)),
    message: scrubText(String(message)),
    ...(typeof code === 'string' && { code }),
    ...(typeof stack === 'string' && { stack: scrubText(stack) }),
    ...(cause !== undefined && { cause: scrub(cause, depth + 1) }),
  };
}
