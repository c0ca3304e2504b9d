import { applyDecorators } from '@nestjs/common';
import { Length, Matches } from 'class-validator';

import { Describe } from '../../validation/dto/dto.decorators.js';
import { FlagField, Optional, PathField, TextField } from './field.decorators.js';
import { RepositoryInput } from './repository.input.js';

export const DryRunField = () =>
  applyDecorators(FlagField('Change nothing; say what would be done'), Optional()) as PropertyDecorator;

/** For calls that look for secrets. What it says is kept in the log and with the operation. */
export const AllowSecretsField = () =>
  applyDecorators(
    TextField(
      'Why what a call was refused for with secrets-found may pass: a test value, a revoked key',
      200,
    ),
    Optional(),
  ) as PropertyDecorator;

export const IdempotencyKeyField = () =>
  applyDecorators(
    Describe('Text of your choice; repeating the call with it answers with the first result'),
    Length(1, 128),
    Matches(/^[\x21-\x7e]+$/),
    Optional(),
  ) as PropertyDecorator;

/** What a tool is told that makes a repository, which has no HEAD yet to be expected anywhere. */
export class CreationInput {
  @PathField('Folder of the new repository; its parent exists')
  repo_path: string;

  @DryRunField()
  dry_run: boolean = false;

  @IdempotencyKeyField()
  idempotency_key?: string;
}

/** What every tool that changes a repository is told. */
export class ChangeInput extends RepositoryInput {
  @DryRunField()
  dry_run: boolean = false;

  @Describe('Id of the commit that HEAD must be at, at least 7 digits; the call fails where it is not')
  @Matches(/^[0-9a-f]{7,64}$/)
  @Optional()
  expected_head?: string;

  @IdempotencyKeyField()
  idempotency_key?: string;
}
