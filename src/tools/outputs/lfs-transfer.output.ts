import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type LfsFile } from '../../git/lfs/lfs-files.reader.js';
import { type LfsFailure } from '../../git/lfs/transfer/each-object.js';
import { type Effect } from '../../git/planned-change.js';
import { nameText } from '../../git/work-tree/path-lists.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { EffectOutput } from './effect.output.js';
import { OmittedField } from './listing.js';

export class LfsFailureOutput {
  @Describe('One of the files that the object stands for')
  @IsString()
  path: string;

  @IsString()
  oid: string;

  @Describe('As that of an error')
  @IsString()
  code: string;

  @IsOptional()
  @IsString()
  reason?: string;

  @IsString()
  message: string;
}

export class LfsTransferOutput {
  @Describe(
    'fetch, write (into the work tree), send: a path and the SHA-256 of its content; delete: a path in the git folder',
  )
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => EffectOutput)
  effects: EffectOutput[];

  @Describe('Bytes that were fetched, sent or deleted')
  @IsInt()
  bytes: number;

  @Describe('What could not be done; empty where all was')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => LfsFailureOutput)
  failed: LfsFailureOutput[];

  @Describe(
    'fetch, pull: files that a partial clone does not have; of those that are pointers the content was not looked for. Absent where there are none',
  )
  @IsOptional()
  @IsInt()
  missing?: number;

  @Describe(
    'Settings of the repository that name another LFS server than that of the remote, or another store, and were not followed. Absent where there are none',
  )
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  ignored_settings?: string[];

  @Describe('pull: whether the filter runs here; where it does not, git_status shows the files as modified')
  @IsOptional()
  @IsBoolean()
  filter_runs?: boolean;

  @OmittedField()
  omitted?: number;
}

export function lfsEffects(action: string, files: readonly LfsFile[]): readonly Effect[] {
  return files.map(({ path, pointer }) => ({ action, subject: nameText(path), from: null, to: pointer.oid }));
}

export function lfsFailureOutput({ file, error }: LfsFailure): LfsFailureOutput {
  const { reason } = { ...error.details } as { reason?: unknown };
  return {
    path: nameText(file.path),
    oid: file.pointer.oid,
    code: error.code,
    ...(typeof reason === 'string' && { reason }),
    message: error.message,
  };
}

export function lfsFailureText({ path, oid, message }: LfsFailureOutput): string {
  return `failed ${path} ${oid.slice(0, 10)}: ${message}`;
}
