import { IsOptional, Matches } from 'class-validator';

import { ServerError } from '../../shared/errors/index.js';
import { Describe } from '../../validation/dto/dto.decorators.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** As in the query of a GET: text. */
export class PageQuery {
  @Describe('Most items of the answer, 1 to 500; 50 where absent')
  @IsOptional()
  @Matches(/^[1-9]\d{0,2}$/)
  limit?: string;

  @Describe('`next_cursor` of the page before')
  @IsOptional()
  @Matches(/^[\w-]{1,64}$/)
  cursor?: string;
}

export interface Page<T> {
  readonly total: number;
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly next_cursor?: string;
}

/**
 * One page of a list that may change between two pages: an item that stays is on one of them, as long as none before it
 * goes.
 */
export function pageOf<T>(all: readonly T[], { limit, cursor }: PageQuery): Page<T> {
  const size = Math.min(MAX_LIMIT, limit === undefined ? DEFAULT_LIMIT : Number(limit));
  const start = cursor === undefined ? 0 : startOf(cursor);
  const end = start + size;
  const next = end < all.length ? { next_cursor: Buffer.from(`from ${end}`).toString('base64url') } : {};
  return { total: all.length, items: all.slice(start, end), ...next };
}

function startOf(cursor: string): number {
  const [, start] = /^from (\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (start !== undefined) return Number(start);
  throw new ServerError(
    'validation_failed',
    'the cursor is not one of this list; leave it out to begin anew',
    {
      details: [{ path: 'cursor', constraint: 'isCursor', message: 'a next_cursor of this list' }],
    },
  );
}
