import { ChoiceField, CountField, Optional, PathField } from './field.decorators.js';

export const RESPONSE_FORMATS = ['text', 'json'] as const;
export const VERBOSITIES = ['concise', 'normal', 'full'] as const;

/** An answer of fewer bytes could not hold the note that says what it leaves out. */
export const MIN_ANSWER_BYTES = 1_000;
export const MAX_ANSWER_BYTES = 2 ** 20;

/** What every tool on a repository is told. The descriptions are short because every tool repeats them. */
export class RepositoryInput {
  @PathField(
    'Path of the repository, or of a file or folder in it; relative where git_set_working_dir was called',
  )
  repo_path: string;

  @CountField('Most bytes of the answer', MIN_ANSWER_BYTES, MAX_ANSWER_BYTES)
  @Optional()
  max_bytes?: number;

  @ChoiceField('json: the text is the structured result', RESPONSE_FORMATS)
  @Optional()
  response_format?: (typeof RESPONSE_FORMATS)[number];

  @ChoiceField('How much detail', VERBOSITIES)
  @Optional()
  verbosity?: (typeof VERBOSITIES)[number];
}
