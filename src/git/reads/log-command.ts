import { type GitCommand } from '../git-cli.port.js';
import { type LineRange } from '../git-reads.port.js';
import { type LogSelection } from './selections.js';

/** What lists the commits of a selection; how they are printed is for `format`. */
export function logCommand(selection: LogSelection, format: readonly string[]): GitCommand {
  const { sha, more = [], maxCount, paths = [] } = selection;
  const options = [...format, `--max-count=${maxCount}`, ...filters(selection)];
  // Many branches do not fit into arguments.
  const stdin = more.length === 0 ? undefined : [sha, ...more].join('\n');
  return {
    name: 'log',
    options: stdin === undefined ? options : [...options, '--stdin'],
    ...(stdin === undefined ? { revisions: [sha] } : { stdin }),
    paths,
  };
}

function filters(selection: LogSelection): readonly string[] {
  const { since, until, author, committer, grep, merges, pickaxe, diffGrep, range } = selection;
  return [
    // Not --since: git stops a walk at the first commit that is too old, and misses younger ones behind it.
    ...given(since, (at) => `--since-as-filter=@${at} +0000`),
    ...given(until, (at) => `--min-age=${at}`),
    ...given(author, (text) => `--author=${text}`),
    ...given(committer, (text) => `--committer=${text}`),
    ...given(grep, (text) => `--grep=${text}`),
    selection.fixedStrings ? '--fixed-strings' : '--extended-regexp',
    ...(selection.ignoreCase ? ['--regexp-ignore-case'] : []),
    ...(selection.follow ? ['--follow'] : []),
    ...given(merges, (which) => (which === 'only' ? '--merges' : '--no-merges')),
    ...(selection.firstParent ? ['--first-parent'] : []),
    ...given(pickaxe, (text) => `-S${text}`),
    ...given(diffGrep, (pattern) => `-G${pattern}`),
    ...given(range, (lines) => `-L${rangeText(lines)}`),
  ];
}

function given<T>(value: T | undefined, option: (value: T) => string): readonly string[] {
  return value === undefined ? [] : [option(value)];
}

/** As `-L` takes it. The name of a function ends at the first colon that nothing escapes. */
export function rangeText({ path, lines }: LineRange): string {
  return `${linesText(lines)}:${path}`;
}

export function linesText(lines: LineRange['lines']): string {
  if ('start' in lines) return `${lines.start},${lines.end}`;
  return `:${lines.function.replaceAll(/\\.|:/gs, (part) => (part === ':' ? '\\:' : part))}`;
}
