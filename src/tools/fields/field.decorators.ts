import { applyDecorators } from '@nestjs/common';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';

import { Describe, Lenient } from '../../validation/dto/dto.decorators.js';
import { IsGitText } from '../../validation/dto/text.constraints.js';

const field = (description: string, ...rules: PropertyDecorator[]): PropertyDecorator =>
  applyDecorators(Describe(description), ...rules) as PropertyDecorator;

const text = (most: number): PropertyDecorator =>
  applyDecorators(IsString(), Length(1, most), IsGitText()) as PropertyDecorator;

/** As PATH_MAX of Linux has it. */
export const MAX_PATH_LENGTH = 4_096;
const MAX_REVISION_LENGTH = 1_024;
/** A file name of a loose ref is at most 255 bytes; nested names are longer, never sensibly this long. */
const MAX_NAME_LENGTH = 512;
const MAX_URL_LENGTH = 2_048;
const MAX_MESSAGE_LENGTH = 65_536;
/** A frame of the gateway is 1 MiB by default. */
const MAX_CONTENT_LENGTH = 1_000_000;

export const PathField = (description: string) => field(description, text(MAX_PATH_LENGTH));
export const RevisionField = (description: string) => field(description, text(MAX_REVISION_LENGTH));
export const NameField = (description: string) => field(description, text(MAX_NAME_LENGTH));
export const UrlField = (description: string) => field(description, text(MAX_URL_LENGTH));
export const MessageField = (description: string) => field(description, text(MAX_MESSAGE_LENGTH));
export const TextField = (description: string, most: number) => field(description, text(most));
/** A patch, or what a file is to hold. */
export const ContentField = (description: string) => field(description, text(MAX_CONTENT_LENGTH));
export const FlagField = (description: string) => field(description, IsBoolean());
export const ChoiceField = (description: string, choices: readonly string[]) =>
  field(description, IsIn([...choices]));
/** As git_operations gives it. */
export const OperationIdField = (description: string) => field(description, Matches(/^[0-9a-z]{12}$/));
export const CountField = (description: string, least: number, most: number) =>
  field(description, IsInt(), Min(least), Max(most));
/** May be left out. Models like to send an empty text instead, which no field of a tool means. */
export const Optional = () => applyDecorators(IsOptional(), Lenient('empty-as-absent')) as PropertyDecorator;
/** For calls that are hard to undo. Of no effect where the client can ask its user. */
export const ConfirmField = () =>
  applyDecorators(
    FlagField(
      'Set it only after the user has said yes to the question of a call that was refused without it',
    ),
    Optional(),
  ) as PropertyDecorator;
