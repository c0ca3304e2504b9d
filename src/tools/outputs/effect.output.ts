import { IsString } from 'class-validator';

import { type Effect, type PlannedChange } from '../../git/planned-change.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { type Plan } from '../changes/plan.js';
import { shortSha } from './head.output.js';

/** One thing that a call did. */
export class EffectOutput {
  @IsString()
  action: string;

  @Describe('A ref, a path, or the name of a setting')
  @IsString()
  subject: string;

  @Describe('Object id, path or value before; null where there was none')
  @Nullable()
  @IsString()
  from: string | null;

  @Describe('Object id, path or value after; null where there is none')
  @Nullable()
  @IsString()
  to: string | null;
}

/** For the dry run of a tool. */
export function planOf({ effects }: Pick<PlannedChange, 'effects'>): Plan {
  return { text: effectsText(effects), effects };
}

/** One line each: `create refs/heads/topic 1a2b3c4`. */
export function effectsText(effects: readonly Effect[]): string {
  if (effects.length === 0) return 'There was nothing to do.';
  return effects.map(effectText).join('\n');
}

function effectText({ action, subject, from, to }: Effect): string {
  const ends = [from, to].filter((end) => end !== null);
  return [action, subject, ends.map(short).join('..')].filter(Boolean).join(' ');
}

function short(end: string): string {
  return /^[0-9a-f]{40,64}$/.test(end) ? shortSha(end) : end;
}
