import { Matches } from 'class-validator';

import { Describe } from '../../validation/dto/dto.decorators.js';
import { ChangeInput } from './change.input.js';
import { ConfirmField, Optional } from './field.decorators.js';

/** What a tool is told that may lose something for good. */
export class DestructiveInput extends ChangeInput {
  @ConfirmField()
  confirm: boolean = false;

  @Describe('From the dry run of this very call; with confirm it says that the plan was agreed to')
  @Matches(/^[\w-]{22}$/)
  @Optional()
  plan_token?: string;
}
