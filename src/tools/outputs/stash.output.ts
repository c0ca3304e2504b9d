import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type StashEntry } from '../../git/work-tree/stash.reader.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { ChangesOutput } from './diff.output.js';
import { shortSha } from './head.output.js';
import { OmittedField } from './listing.js';

export class StashEntryOutput {
  @Describe('0 is the newest')
  @IsInt()
  index: number;

  @Describe('Object id; a dropped entry is still found by it until it is collected')
  @IsString()
  sha: string;

  @Describe('Seconds since 1970 UTC')
  @IsInt()
  at: number;

  @IsString()
  message: string;
}

export class GitStashOutput {
  @Describe('All entries for list, else the one that was used')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => StashEntryOutput)
  entries: StashEntryOutput[];

  @Describe('What the entry changes of tracked files; for show')
  @IsOptional()
  @ValidateNested()
  @Type(() => ChangesOutput)
  diff?: ChangesOutput;

  @Describe('Untracked files that the entry holds; for show')
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  untracked?: string[];

  @Describe('Files that were put aside; for push')
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  paths?: string[];

  @OmittedField()
  omitted?: number;
}

export function stashLine({ index, sha, message }: StashEntry): string {
  return `stash@{${index}} ${shortSha(sha)} ${message}`;
}
