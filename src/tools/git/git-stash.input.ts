import { DestructiveInput } from '../fields/destructive.input.js';
import {
  ChoiceField,
  CountField,
  FlagField,
  MessageField,
  NameField,
  Optional,
} from '../fields/field.decorators.js';
import { AnyPathsField } from '../fields/list.fields.js';

const ACTIONS = ['list', 'push', 'show', 'apply', 'pop', 'drop', 'branch'] as const;

export class GitStashInput extends DestructiveInput {
  @ChoiceField('What to do', ACTIONS)
  action: (typeof ACTIONS)[number];

  @CountField('Which entry, 0 is the newest; for show, apply, pop, drop, branch', 0, 100_000)
  @Optional()
  index: number = 0;

  @AnyPathsField('Only these files and folders, relative to the top of the work tree; for push')
  @Optional()
  paths: string[] = [];

  @FlagField('Also untracked files; for push')
  @Optional()
  include_untracked: boolean = false;

  @FlagField('What is staged stays staged as well; for push')
  @Optional()
  keep_index: boolean = false;

  @FlagField('Only what is staged; for push')
  @Optional()
  staged: boolean = false;

  @MessageField('What the entry is about; for push')
  @Optional()
  message?: string;

  @FlagField('Stage again what was staged; for apply and pop')
  @Optional()
  reinstate_index: boolean = false;

  @NameField('Name of the new branch; needed by branch')
  @Optional()
  branch_name?: string;
}
