import { type HunkSelection } from '../../git/hunks/hunk.writer.js';
import { ServerError } from '../../shared/errors/index.js';
import { ChangeInput } from './change.input.js';
import { DestructiveInput } from './destructive.input.js';
import { CountField, Optional, PathField } from './field.decorators.js';
import { TextsField } from './list.fields.js';

const MAX_HUNKS = 10_000;
const MAX_ID_LENGTH = 64;
const MAX_LINE = 2 ** 31;

const HunksField = () =>
  TextsField(
    'Ids of git_hunks; or leave it out and give path, start_line and end_line',
    MAX_HUNKS,
    MAX_ID_LENGTH,
  );
const FileField = () => PathField('Instead of hunks: the file in which lines are chosen');
const StartField = () =>
  CountField(
    'First line, as numbered on the new side of the diff; deleted lines count where they stood',
    1,
    MAX_LINE,
  );
const EndField = () => CountField('Last line', 1, MAX_LINE);

/** Some hunks, or some lines of a file. */
export class HunksInput extends ChangeInput {
  @HunksField()
  @Optional()
  hunks: string[] = [];

  @FileField()
  @Optional()
  path?: string;

  @StartField()
  @Optional()
  start_line?: number;

  @EndField()
  @Optional()
  end_line?: number;
}

/** The same, for what loses them. */
export class LostHunksInput extends DestructiveInput {
  @HunksField()
  @Optional()
  hunks: string[] = [];

  @FileField()
  @Optional()
  path?: string;

  @StartField()
  @Optional()
  start_line?: number;

  @EndField()
  @Optional()
  end_line?: number;
}

type Selected = Pick<HunksInput, 'hunks' | 'path' | 'start_line' | 'end_line'>;

/** @throws ServerError `validation_failed` where neither, or both, or half of a range was given */
export function selectionOf({ hunks, path, start_line, end_line = start_line }: Selected): HunkSelection {
  if (path === undefined && start_line === undefined && hunks.length > 0) return { ids: hunks };
  if (path === undefined || start_line === undefined || end_line === undefined || hunks.length > 0)
    throw invalid('hunks', 'either hunks, or path with start_line and end_line, has to be given');
  if (end_line < start_line) throw invalid('end_line', 'end_line lies before start_line');
  return { ids: [], range: { path, start: start_line, end: end_line } };
}

function invalid(field: string, message: string): ServerError {
  return new ServerError('validation_failed', 'The selection of hunks is incomplete; details say how', {
    details: [{ path: `arguments.${field}`, constraint: 'isSelection', message }],
  });
}
