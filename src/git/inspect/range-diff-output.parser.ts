/** A commit of the old version of a series, of the new one, or one that is in both. */
export interface RangePair {
  /** Ids; `null` where the version has no such commit. */
  readonly old: string | null;
  readonly new: string | null;
  readonly status: 'same' | 'changed' | 'removed' | 'added';
  readonly subject: string;
  /** How the patch differs: a diff of diffs. */
  readonly diff: string;
}

const PAIR = /^ *(?:\d+|-): +([0-9a-f]+|-+) ([=!<>]) +(?:\d+|-): +([0-9a-f]+|-+) ?(.*)$/;
const STATUS = { '=': 'same', '!': 'changed', '<': 'removed', '>': 'added' } as const;
const INDENT = '    ';

/** Reads `git range-diff` without colours. What follows a pair is indented, so none of it looks like one. */
export function parseRangeDiff(output: string): readonly RangePair[] {
  const pairs: (Omit<RangePair, 'diff'> & { readonly lines: string[] })[] = [];
  for (const line of output.split('\n')) {
    const match = line.startsWith(INDENT) ? null : PAIR.exec(line);
    if (match) pairs.push({ ...pairOf(match), lines: [] });
    else if (line !== '') pairs.at(-1)?.lines.push(line.slice(INDENT.length));
  }
  return pairs.map(({ lines, ...pair }) => ({ ...pair, diff: lines.join('\n') }));
}

function pairOf([, older = '', mark = '', newer = '', subject = '']: readonly string[]) {
  return { old: idOf(older), new: idOf(newer), status: STATUS[mark as keyof typeof STATUS], subject };
}

function idOf(text: string): string | null {
  return text.startsWith('-') ? null : text;
}
