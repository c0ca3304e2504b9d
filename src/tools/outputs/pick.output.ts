import { IsInt } from 'class-validator';

import { type PickResult } from '../../git/git-writes.port.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { HeadOutput, headOutput, headText } from './head.output.js';

/** Of cherry-pick and revert. */
export class PickOutput extends HeadOutput {
  @IsInt()
  applied: number;

  @Describe('Commits that change nothing here and were left out')
  @IsInt()
  skipped: number;
}

export function pickOutput(result: PickResult): PickOutput {
  const { applied, skipped } = result;
  return { ...headOutput(result), applied, skipped };
}

export function pickText(done: string, revision: string, result: PickResult): string {
  const { applied, skipped } = result;
  const many = applied === 1 ? '' : ` (${applied} commits)`;
  const left = skipped === 0 ? '' : `, ${skipped} left out since they change nothing here`;
  return `${done} ${revision}${many}${left}: ${headText(result)}`;
}
