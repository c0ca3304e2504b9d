import { type DiffShape } from '../../git/git-reads.port.js';
import { ContextLinesInput } from './context-lines.input.js';
import { ChoiceField, CountField, FlagField, Optional } from './field.decorators.js';
import { AnyPathsField } from './list.fields.js';

export const DIFF_OUTPUTS = ['patch', 'stat', 'name-only', 'name-status'] as const;
const WHITESPACE = ['exact', 'ignore-change', 'ignore-all', 'ignore-at-eol', 'ignore-cr-at-eol'] as const;
const RENAMES = ['detect', 'copies', 'off'] as const;
const ALGORITHMS = ['myers', 'minimal', 'patience', 'histogram'] as const;

/** What every tool is told that compares. */
export class DiffOptionsInput extends ContextLinesInput {
  @AnyPathsField('Only these files and folders, relative to the top of the work tree')
  @Optional()
  paths: string[] = [];

  @ChoiceField(
    'The patch, or only which files changed: with counts, by name, or by status and name',
    DIFF_OUTPUTS,
  )
  @Optional()
  output: (typeof DIFF_OUTPUTS)[number] = 'patch';

  @FlagField('Mark words instead of lines: [-removed-] {+added+}')
  @Optional()
  word_diff: boolean = false;

  @ChoiceField('Which changes of white space count', WHITESPACE)
  @Optional()
  whitespace: (typeof WHITESPACE)[number] = 'exact';

  @FlagField('Blank lines that come or go do not count')
  @Optional()
  ignore_blank_lines: boolean = false;

  @ChoiceField('Find renames, also copies, or neither', RENAMES)
  @Optional()
  renames: (typeof RENAMES)[number] = 'detect';

  @CountField('How alike a rename or copy is at least, in percent; 50 if left out', 1, 100)
  @Optional()
  similarity?: number;

  @ChoiceField('How the lines are compared', ALGORITHMS)
  @Optional()
  algorithm: (typeof ALGORITHMS)[number] = 'myers';

  @FlagField('Show the patch of lock files (package-lock.json, Cargo.lock and such) as well')
  @Optional()
  lock_files: boolean = false;
}

export function diffShapeOf(input: DiffOptionsInput): DiffShape {
  const { paths, similarity, whitespace, renames, algorithm } = input;
  return {
    contextLines: input.context_lines,
    ...(paths.length > 0 && { paths }),
    ...(input.output !== 'patch' && { filesOnly: true }),
    ...(input.word_diff && { wordDiff: true }),
    ...(whitespace !== 'exact' && { whitespace }),
    ...(input.ignore_blank_lines && { ignoreBlankLines: true }),
    ...(renames !== 'detect' && { renames }),
    ...(similarity !== undefined && { similarity }),
    ...(algorithm !== 'myers' && { algorithm }),
  };
}
