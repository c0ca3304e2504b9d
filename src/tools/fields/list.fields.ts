import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsString, Length } from 'class-validator';

import { Describe, Lenient } from '../../validation/dto/dto.decorators.js';
import { IsGitText } from '../../validation/dto/text.constraints.js';
import { MAX_PATH_LENGTH } from './field.decorators.js';

const MAX_PATHS = 10_000;

const texts = (description: string, least: number, most: number, longest: number): PropertyDecorator =>
  applyDecorators(
    Describe(description),
    Lenient('one-as-list'),
    IsArray(),
    ArrayMinSize(least),
    ArrayMaxSize(most),
    IsString({ each: true }),
    Length(1, longest, { each: true }),
    IsGitText({ each: true }),
  ) as PropertyDecorator;

/** Literal paths, at least one. */
export const PathsField = (description: string) => texts(description, 1, MAX_PATHS, MAX_PATH_LENGTH);
/** Literal paths; none means all. */
export const AnyPathsField = (description: string) => texts(description, 0, MAX_PATHS, MAX_PATH_LENGTH);
/** A few short texts, maybe none. */
export const TextsField = (description: string, most = 100, longest = 512) =>
  texts(description, 0, most, longest);
