/**
 * What a reader does not see and a model or a terminal obeys: control characters but line feed and tab, formatting
 * characters (bidirectional overrides, zero-width ones, tags), blank letters, variation selectors that hide text.
 */
const UNSEEN = new RegExp(
  [
    /\p{Cf}|[^\P{Cc}\n\t]|[\u2028\u2029]/u,
    /\u034F|[\u115F\u1160]|\u17B4|\u17B5|\u3164|\uFFA0/u,
    /[\uFE00-\uFE0D]|[\u{E0100}-\u{E01EF}]/u,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gu',
);

/** The text with everything unseen written as `\u{…}`, and halves of surrogate pairs as U+FFFD. */
export function visibleText(text: string): string {
  return text
    .replaceAll(/\p{Surrogate}/gu, '\u{FFFD}')
    .replaceAll(UNSEEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
