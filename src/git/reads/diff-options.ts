import { type DiffShape } from '../git-reads.port.js';

/** Git's own defaults, whatever the repository's configuration prefers. */
const PATCH = [
  '--full-index',
  '--no-color',
  '-l1000',
  '-O/dev/null',
  '--indent-heuristic',
  '--inter-hunk-context=0',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '--no-relative',
];

const WHITESPACE: Readonly<Record<NonNullable<DiffShape['whitespace']>, string>> = {
  'ignore-all': '--ignore-all-space',
  'ignore-change': '--ignore-space-change',
  'ignore-at-eol': '--ignore-space-at-eol',
  'ignore-cr-at-eol': '--ignore-cr-at-eol',
};

/** Prints what a shape asks for; the list of files and the paths are not part of it. */
export function diffOptions(shape: DiffShape): readonly string[] {
  const { contextLines, filesOnly, wordDiff, whitespace, ignoreBlankLines, algorithm = 'myers' } = shape;
  return [
    ...(filesOnly ? [] : ['-p', `-U${contextLines}`]),
    ...PATCH,
    ...renameOptions(shape),
    `--diff-algorithm=${algorithm}`,
    ...(wordDiff ? ['--word-diff=porcelain'] : []),
    ...(whitespace ? [WHITESPACE[whitespace]] : []),
    ...(ignoreBlankLines ? ['--ignore-blank-lines'] : []),
  ];
}

function renameOptions({ renames, similarity }: DiffShape): readonly string[] {
  if (renames === 'off') return ['--no-renames'];
  const least = similarity === undefined ? '' : `=${similarity}%`;
  return [
    `--find-renames${least}`,
    ...(renames === 'copies' ? [`--find-copies${least}`, '--find-copies-harder'] : []),
  ];
}

/** The form that both engines know. */
export function isPlainShape(shape: DiffShape): boolean {
  return Object.keys(shape).every((name) => name === 'contextLines');
}
