import { IsInt, IsOptional, IsString } from 'class-validator';

import { Describe } from '../../validation/dto/dto.decorators.js';

export const STATUS_OPERATIONS = ['merge', 'rebase', 'cherry-pick', 'revert', 'stash', 'bisect'] as const;

/** How far the operation has come that waits. */
export class OperationProgressOutput {
  @Describe('Which commit of total it stopped at, from 1')
  @IsOptional()
  @IsInt()
  step?: number;

  @IsOptional()
  @IsInt()
  total?: number;

  @Describe('Id of what is being merged, picked, reverted or applied')
  @IsOptional()
  @IsString()
  commit?: string;

  @Describe('The branch that is being rebased')
  @IsOptional()
  @IsString()
  branch?: string;
}
