import { applyDecorators } from '@nestjs/common';
import { IsString, Length } from 'class-validator';

import { Lenient } from '../../validation/dto/dto.decorators.js';
import { IsWellFormed } from '../../validation/dto/text.constraints.js';

export const MAX_ID_LENGTH = 128;

/** What ties an answer to its request. */
const Identifier = (): PropertyDecorator =>
  applyDecorators(IsString(), Length(1, MAX_ID_LENGTH), IsWellFormed()) as PropertyDecorator;

export const RequestId = (): PropertyDecorator =>
  applyDecorators(Identifier(), Lenient('number-as-text')) as PropertyDecorator;

/** Nobody answers a notification, so a lenient server does without its id. */
export const NotificationId = (): PropertyDecorator =>
  applyDecorators(Identifier(), Lenient('number-as-text', 'may-be-missing')) as PropertyDecorator;

/** What every message of the envelope dialect has. */
export interface EnvelopeMessage {
  readonly type: string;
  readonly id: string;
}
