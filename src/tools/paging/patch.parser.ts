/** One file of a patch: the lines before its first hunk, and its hunks. Every line with its end. */
export interface PatchFile {
  readonly header: string;
  readonly hunks: readonly PatchHunk[];
}

export interface PatchHunk {
  /** `@@ -1,2 +1,3 @@ section`, of a merge with one `@` more for each parent beyond the first. */
  readonly range: string;
  /** What follows a line that a file ends with without a line's end belongs to that line. */
  readonly lines: readonly string[];
}

/**
 * Takes a patch apart as git prints it. Within hunks every line begins with a blank, `+`, `-` or `\`, so no content can
 * pass for the beginning of a file or of a hunk.
 */
export function parsePatch(patch: string): readonly PatchFile[] {
  return patch
    .split(/^(?=diff --(?:git|cc|combined) )/m)
    .filter((block) => block !== '')
    .map(fileOf);
}

function fileOf(block: string): PatchFile {
  const [header = '', ...hunks] = block.split(/^(?=@@)/m);
  return { header, hunks: hunks.map(hunkOf) };
}

function hunkOf(text: string): PatchHunk {
  const [range = '', ...lines] = text.split(/(?<=\n)(?!\\)/);
  return { range, lines };
}
