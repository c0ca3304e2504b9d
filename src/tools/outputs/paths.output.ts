import { IsArray, IsString } from 'class-validator';

import { Describe } from '../../validation/dto/dto.decorators.js';
import { listing, OmittedField, omittedOutput } from './listing.js';

export class PathsOutput {
  @Describe('Relative to the top of the work tree')
  @IsArray()
  @IsString({ each: true })
  paths: string[];

  @OmittedField()
  omitted?: number;
}

export function pathsOutput(paths: readonly string[]): PathsOutput {
  const { shown, omitted } = listing(paths);
  return { paths: [...shown], ...omittedOutput(omitted) };
}

/** A text of thousands of lines says no more than its beginning; the structured content has them all. */
const MAX_LINES = 100;

export function pathsText(done: string, paths: readonly string[]): string {
  if (paths.length === 0) return `${done} nothing: there was nothing to do.`;
  const rest = paths.length - MAX_LINES;
  return [
    `${done} ${paths.length === 1 ? '1 path' : `${paths.length} paths`}:`,
    ...paths.slice(0, MAX_LINES),
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ].join('\n');
}
