import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type DiffAnswer } from '../../git/git-reads.port.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { listing, OmittedField, omittedOutput, omittedText } from './listing.js';

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

export class DiffOutput {
  @Describe('Unified diff as git prints it; empty where nothing differs')
  @IsString()
  patch: string;

  @Describe('Every changed file, also those that the patch was cut before')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => DiffFileOutput)
  files: DiffFileOutput[];

  @OmittedField()
  omitted?: number;

  @Describe('The patch was too long and was cut')
  @IsBoolean()
  truncated: boolean;
}

export function diffOutput({ patch, files, truncated }: DiffAnswer): DiffOutput {
  const { shown, omitted } = listing(files);
  return { patch, files: shown.map((file) => ({ ...file })), ...omittedOutput(omitted), truncated };
}

/** The patch, or that there is none; a cut one says so and names the files that it lost. */
export function diffText({ patch, files, truncated }: DiffAnswer): string {
  if (files.length === 0 && patch === '') return 'No changes.';
  if (!truncated) return patch;
  const { shown, omitted } = listing(files);
  const summary = shown.map(
    ({ path, status, additions, deletions }) => `${status} ${path} +${additions} -${deletions}`,
  );
  return [
    patch.trimEnd(),
    '',
    `The patch was cut here because it is too long. All ${files.length} changed files:`,
    ...summary,
    ...omittedText(omitted),
  ].join('\n');
}
