import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { Describe } from '../../validation/dto/dto.decorators.js';
import { NextCursorField, OmittedField } from './listing.js';

export class DiffFileOutput {
  @IsString()
  path: string;

  @Describe('Where a rename or a copy came from')
  @IsOptional()
  @IsString()
  from?: string;

  @Describe('A added, D deleted, M modified, R renamed, C copied, T type changed, U unmerged')
  @IsString()
  status: string;

  @Describe('Lines added; 0 for a binary file')
  @IsInt()
  additions: number;

  @Describe('Lines deleted; 0 for a binary file')
  @IsInt()
  deletions: number;

  @IsBoolean()
  binary: boolean;
}

/** What changed, as part of an answer. */
export class ChangesOutput {
  @Describe(
    'Unified diff as git prints it. Only with response_format json: otherwise the text of the answer is it',
  )
  @IsOptional()
  @IsString()
  patch?: string;

  @Describe('Every changed file. Empty on later pages, which go on with the patch')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => DiffFileOutput)
  files: DiffFileOutput[];

  @OmittedField()
  omitted?: number;

  @Describe('Lock files whose patch is left out; lock_files brings it back')
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  left_out?: string[];

  @Describe('Not all of the patch is here')
  @IsBoolean()
  truncated: boolean;
}

export class DiffOutput extends ChangesOutput {
  @NextCursorField()
  next_cursor?: string;
}
