/** As git-interpret-trailers(1) has them, those of one line. */
export const TRAILER = /^[A-Za-z0-9-]+: \S.*$/;

/**
 * Puts trailers at the end of a message: below those that stand there already, and each once. git's own option for them
 * would run the programs of `trailer.<name>.command`.
 *
 * @param trailers each `Key: value`
 */
export function withTrailers(message: string, trailers: readonly string[]): string {
  if (trailers.length === 0) return message;
  const paragraphs = message.trimEnd().split(/\n(?:[^\S\n]*\n)+/);
  // The first paragraph is the subject, whatever it looks like.
  const last = paragraphs.length > 1 ? (paragraphs.at(-1) ?? '').split('\n') : [];
  const present = last.length > 0 && last.every((line) => TRAILER.test(line)) ? last : [];
  const added = [...new Set(trailers)].filter((trailer) => !present.includes(trailer));
  if (added.length === 0) return message;
  return `${message.trimEnd()}${present.length > 0 ? '\n' : '\n\n'}${added.join('\n')}\n`;
}
