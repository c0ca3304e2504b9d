import { Type } from 'class-transformer';
import { Equals, IsArray, IsOptional, IsString, ValidateNested } from 'class-validator';

import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { listing, OmittedField, omittedOutput } from '../outputs/listing.js';
import { type Plan, type PlanEffect } from './plan.js';

export class PlanEffectOutput implements PlanEffect {
  @IsString()
  action: string;

  @Describe('Ref, HEAD or path')
  @IsString()
  subject: string;

  @IsOptional()
  @Nullable()
  @IsString()
  from?: string | null;

  @IsOptional()
  @Nullable()
  @IsString()
  to?: string | null;
}

/** The answer of a dry run, whatever the tool. */
export class DryRunOutput {
  @Describe('Set in the answer of a dry run, which has only the fields up to effects')
  @Equals(true)
  dry_run: true;

  @Describe('Give it back, with confirm, to have exactly this done')
  @IsString()
  plan_token: string;

  @Describe('What would change')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => PlanEffectOutput)
  effects: PlanEffectOutput[];

  @OmittedField()
  omitted?: number;
}

export function dryRunAnswer(
  { text, effects }: Plan,
  token: string,
): { text: string; structured: DryRunOutput } {
  const { shown, omitted } = listing(effects);
  return {
    text: `Dry run, nothing was changed. ${text}\nplan_token: ${token}`,
    structured: { dry_run: true, plan_token: token, effects: [...shown], ...omittedOutput(omitted) },
  };
}
