import { IsBoolean, IsInt, IsOptional, IsString } from 'class-validator';

import { type TagRecord } from '../../git/refs/tag.lister.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { shortSha } from './head.output.js';

export class TagOutput {
  @IsString()
  name: string;

  @Describe('Id of what the tag names in the end')
  @IsString()
  sha: string;

  @Describe('commit, tree or blob')
  @IsString()
  type: string;

  @IsBoolean()
  annotated: boolean;

  @IsBoolean()
  signed: boolean;

  @Describe('Seconds since 1970 UTC')
  @Nullable()
  @IsInt()
  at: number | null;

  @IsString()
  subject: string;

  @IsOptional()
  @IsString()
  tagger?: string;

  @IsOptional()
  @IsString()
  message?: string;
}

export function tagOutput({
  name,
  target,
  type,
  annotated,
  signed,
  at,
  subject,
  tagger,
  message,
}: TagRecord): TagOutput {
  return {
    name,
    sha: target,
    type,
    annotated,
    signed,
    at,
    subject,
    ...(tagger !== undefined && { tagger }),
    ...(message !== undefined && { message }),
  };
}

export function tagText({ name, target, annotated, signed, subject }: TagRecord): string {
  const kind = signed ? ' (signed)' : annotated ? ' (annotated)' : '';
  return `${name} ${shortSha(target)}${kind} ${subject}`;
}
