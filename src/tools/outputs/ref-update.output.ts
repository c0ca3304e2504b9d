import { IsOptional, IsString } from 'class-validator';

import { type RefUpdate } from '../../git/git-writes.port.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { shortSha } from './head.output.js';

export class RefUpdateOutput {
  @IsString()
  ref: string;

  @Describe('Object id before; null for a new ref')
  @Nullable()
  @IsString()
  from: string | null;

  @Describe('Object id after; null for a deleted ref')
  @Nullable()
  @IsString()
  to: string | null;

  @Describe('fast-forward, forced, new, deleted, up-to-date or rejected')
  @IsString()
  outcome: string;

  @IsOptional()
  @IsString()
  reason?: string;
}

export function refUpdateOutput({ ref, from, to, outcome, reason }: RefUpdate): RefUpdateOutput {
  return { ref, from, to, outcome, ...(reason !== undefined && { reason }) };
}

/** One line each: `refs/heads/main 1a2b3c4..5d6e7f8 (fast-forward)`. */
export function refUpdatesText(updates: readonly RefUpdate[]): string {
  if (updates.length === 0) return 'Everything up-to-date';
  return updates.map(refUpdateText).join('\n');
}

function refUpdateText({ ref, from, to, outcome, reason }: RefUpdate): string {
  const ids = [from, to].filter((id) => id !== null).map(shortSha);
  const why = reason === undefined ? outcome : `${outcome}: ${reason}`;
  return `${ref} ${ids.join('..')} (${why})`;
}
