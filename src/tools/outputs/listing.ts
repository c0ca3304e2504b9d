import { applyDecorators } from '@nestjs/common';
import { IsInt, IsOptional, IsString } from 'class-validator';

import { Describe } from '../../validation/dto/dto.decorators.js';

/**
 * What a list may take of an answer, which says everything twice: for people and for programs. A longer answer would be
 * more than a client takes in, and would count as that of a reader too slow.
 */
const MAX_BYTES = 2 ** 20;

export interface Listing<T> {
  readonly shown: readonly T[];
  /** How many more there are. */
  readonly omitted: number;
}

/** The beginning of a list that an answer has room for. */
export function listing<T extends object | string>(items: readonly T[], maxBytes = MAX_BYTES): Listing<T> {
  let left = maxBytes;
  const end = items.findIndex((item) => {
    left -= Buffer.byteLength(JSON.stringify(item));
    return left < 0;
  });
  return end < 0 ? { shown: items, omitted: 0 } : { shown: items.slice(0, end), omitted: items.length - end };
}

/** Only where something was left out. */
export const OmittedField = () =>
  applyDecorators(
    Describe('How many more there are: the list was cut here. Absent where it is whole'),
    IsOptional(),
    IsInt(),
  ) as PropertyDecorator;

export function omittedOutput(omitted: number): { omitted?: number } {
  return omitted === 0 ? {} : { omitted };
}

export function omittedText(omitted: number): string[] {
  return omitted === 0 ? [] : [`and ${omitted} more`];
}

/** Of an answer in pages. */
export const NextCursorField = () =>
  applyDecorators(
    Describe('Call again with it as cursor for the rest. Absent where there is none'),
    IsOptional(),
    IsString(),
  ) as PropertyDecorator;
