import { Type } from 'class-transformer';
import { IsArray, IsString, ValidateNested } from 'class-validator';

import { PlanEffectOutput } from '../changes/dry-run.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { OmittedField } from './listing.js';

export class RestorationOutput {
  @Describe('The operation that was taken back or done again')
  @IsString()
  restored: string;

  @Describe('The tool that had done it')
  @IsString()
  tool: string;

  @Describe('What changed')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => PlanEffectOutput)
  changes: PlanEffectOutput[];

  @OmittedField()
  omitted?: number;
}
