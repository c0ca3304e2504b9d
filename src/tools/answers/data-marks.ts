import { randomUUID } from 'node:crypto';

/** Drawn for each answer: no content can hold a number that did not exist when it was written. */
const NONCE_DIGITS = 8;

/**
 * The text between two lines that say that it is data. The number in them is random, and is not in the text: nothing in
 * a repository can end its own block and go on as if the server spoke.
 */
export function markedAsData(text: string): string {
  const nonce = nonceFor(text);
  return `BEGIN DATA ${nonce}\n${text.endsWith('\n') ? text : `${text}\n`}END DATA ${nonce}`;
}

function nonceFor(text: string): string {
  for (;;) {
    // Its first digits are all random, and many are drawn at once.
    const nonce = randomUUID().slice(0, NONCE_DIGITS);
    if (!text.includes(nonce)) return nonce;
  }
}
