import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type PushRequest } from '../../git/git-writes.port.js';
import { type LackingContent } from '../../git/lfs/transfer/pushed-content.check.js';
import { nameText } from '../../git/work-tree/path-lists.js';
import { Describe } from '../../validation/dto/dto.decorators.js';

const MOST_PATHS = 20;

export class LfsMissingOutput {
  @Describe('How many objects')
  @IsInt()
  objects: number;

  @Describe('A file for each of the first of them')
  @IsArray()
  @IsString({ each: true })
  paths: string[];

  @Describe('Why the LFS server could not be asked. Absent where it was')
  @IsOptional()
  @IsString()
  unchecked?: string;
}

export const LfsMissingField = () =>
  applyDecorators(
    Describe(
      'Content of Git LFS that the commits point to and that the LFS server does not have: send it with the action push of git_lfs_transfer. Absent where nothing is known to lack',
    ),
    IsOptional(),
    ValidateNested(),
    Type(() => LfsMissingOutput),
  ) as PropertyDecorator;

export function lfsMissingOutput({ files, unchecked }: LackingContent): LfsMissingOutput | undefined {
  if (files.length === 0 && unchecked === undefined) return undefined;
  return {
    objects: files.length,
    paths: files.slice(0, MOST_PATHS).map(({ path }) => nameText(path)),
    ...(unchecked !== undefined && { unchecked }),
  };
}

/** At most one line, and what to do. */
export function lfsMissingText(
  { files, unchecked }: LackingContent,
  { remote, branch }: Pick<PushRequest, 'remote' | 'branch'>,
): readonly string[] {
  const call = `git_lfs_transfer with action push, remote ${remote}${branch === undefined ? '' : `, branch ${branch}`}`;
  if (unchecked !== undefined) {
    return [
      `Whether the LFS server has the content of Git LFS could not be found out (${unchecked}); to send what lacks: ${call}`,
    ];
  }
  if (files.length === 0) return [];
  const paths = files.slice(0, MOST_PATHS).map(({ path }) => nameText(path));
  const more = files.length > paths.length ? ', ...' : '';
  return [
    `The LFS server lacks the content of ${files.length} of the files (${paths.join(', ')}${more}), so nobody else can check them out. Send it: ${call}`,
  ];
}
