import { Injectable } from '@nestjs/common';

import { BlameReader, type BlameQuery, COPY_SEARCHES } from '../../git/history/blame.reader.js';
import { READ } from '../annotations.js';
import {
  ChoiceField,
  CountField,
  FlagField,
  Optional,
  PathField,
  RevisionField,
  TextField,
} from '../fields/field.decorators.js';
import { invalidField } from '../fields/invalid-field.js';
import { TextsField } from '../fields/list.fields.js';
import { PagedInput } from '../fields/paged.input.js';
import { blameAnswer, BlameOutput } from '../outputs/blame.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const MAX_LINE = 2 ** 31;

export class GitBlameInput extends PagedInput {
  @PathField('The file, relative to the top of the work tree')
  path: string;

  @RevisionField('At which commit; HEAD if left out')
  @Optional()
  revision: string = 'HEAD';

  @CountField('Only from this line', 1, MAX_LINE)
  @Optional()
  start_line?: number;

  @CountField('Only to this line', 1, MAX_LINE)
  @Optional()
  end_line?: number;

  @TextField('Instead: only the function that matches this extended regular expression', 1_000)
  @Optional()
  function_name?: string;

  @FlagField('Follow lines that were moved or copied within the file')
  @Optional()
  moves: boolean = false;

  @ChoiceField(
    'Follow lines that were copied from other files: those changed in the same commit, also any file when this one was created, or any file in any commit (slow)',
    COPY_SEARCHES,
  )
  @Optional()
  copies: (typeof COPY_SEARCHES)[number] = 'none';

  @FlagField('Changes of white space do not count')
  @Optional()
  ignore_whitespace: boolean = false;

  @TextsField('Commits whose changes do not count, such as those that only format')
  @Optional()
  ignore_revs: string[] = [];

  @PathField('A file at HEAD that lists such commits, such as .git-blame-ignore-revs')
  @Optional()
  ignore_revs_file?: string;
}

@Injectable()
export class GitBlameTool implements RepositoryTool<GitBlameInput, BlameOutput> {
  readonly spec = {
    name: 'git_blame',
    title: 'Show who last changed each line',
    description:
      'Says for each line of a file, or of a range or function in it, which commit brought it, who made that and when, and where the line stood then. Reformatting and moves can be looked through. For all earlier changes of the lines use git_log with start_line or function_name.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitBlameInput,
    output: BlameOutput,
  } as const;

  constructor(private readonly reader: BlameReader) {}

  async run(
    input: GitBlameInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<BlameOutput>> {
    const blame = await this.reader.blame(repository, queryOf(input), signal);
    const state = () => [blame.commit, ...blame.ignored].join(' ');
    return blameAnswer({ tool: this.spec.name, input, form, state }, blame);
  }
}

function queryOf(input: GitBlameInput): BlameQuery {
  const lines = linesOf(input);
  return {
    revision: input.revision,
    path: input.path,
    moves: input.moves,
    copies: input.copies,
    ignoreWhitespace: input.ignore_whitespace,
    ignoreRevisions: input.ignore_revs,
    ...(lines !== undefined && { lines }),
    ...(input.ignore_revs_file !== undefined && { ignoreFile: input.ignore_revs_file }),
  };
}

function linesOf({ start_line, end_line, function_name: name }: GitBlameInput): BlameQuery['lines'] {
  const isRange = start_line !== undefined || end_line !== undefined;
  if (name !== undefined && isRange)
    throw invalidField('function_name', 'standsAlone', 'goes without start_line and end_line');
  if (name !== undefined) return { function: name };
  if (!isRange) return undefined;
  const [start, end] = [start_line ?? 1, end_line ?? MAX_LINE];
  if (end < start) throw invalidField('end_line', 'isRange', 'lies before start_line');
  return { start, end };
}
