/**
 * A patch of words as `git diff --word-diff` prints it, with a blank before each line of content, so that no content
 * can pass for the beginning of a file or of a hunk.
 *
 * @param patch as `--word-diff=porcelain` prints it: words marked by ` `, `+` and `-`, a line of `~` for each line's end
 */
export function wordPatch(patch: string): string {
  const lines: string[] = [];
  let line = '';
  let isHunk = false;
  const endLine = () => {
    lines.push(` ${line}`);
    line = '';
  };
  for (const part of patch.split('\n')) {
    const isContent = isHunk && /^[-+ ~]/.test(part);
    if (isContent && part.startsWith('~')) endLine();
    else if (isContent) line += marked(part);
    else {
      // Of what holds a NUL, which C takes for the end of a text, git prints no more.
      if (line !== '') endLine();
      if (part.startsWith('diff ')) isHunk = false;
      if (part.startsWith('@@ ')) isHunk = true;
      lines.push(part);
    }
  }
  return lines.join('\n');
}

function marked(part: string): string {
  const word = part.slice(1);
  if (part.startsWith('+')) return `{+${word}+}`;
  return part.startsWith('-') ? `[-${word}-]` : word;
}
