import { Type } from 'class-transformer';
import {
  Equals,
  IsDefined,
  IsIn,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';

import { Lenient } from '../../validation/dto/dto.decorators.js';
import { IsWellFormed } from '../../validation/dto/text.constraints.js';
import { type EnvelopeMessage, NotificationId, RequestId } from './envelope.dto.js';

export class CancelledMessage implements EnvelopeMessage {
  @Equals('notifications/cancelled')
  type: 'notifications/cancelled';

  @RequestId()
  id: string;

  @RequestId()
  request_id: string;

  @IsOptional()
  @IsString()
  @MaxLength(1_024)
  reason?: string;
}

export class ProgressValue {
  @IsNumber()
  @Min(0)
  current: number;

  @IsOptional()
  @IsNumber()
  @Min(0)
  total?: number;

  @IsOptional()
  @IsString()
  @MaxLength(1_024)
  message?: string;
}

export class ProgressMessage implements EnvelopeMessage {
  @Equals('notifications/progress')
  type: 'notifications/progress';

  @NotificationId()
  id: string;

  @RequestId()
  request_id: string;

  @IsDefined()
  @ValidateNested()
  @Type(() => ProgressValue)
  progress: ProgressValue;
}

export const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

export class LogMessage implements EnvelopeMessage {
  @Equals('notifications/log')
  type: 'notifications/log';

  @NotificationId()
  id: string;

  @IsIn(LOG_LEVELS)
  level: string;

  @IsString()
  @MaxLength(65_536)
  @IsWellFormed()
  message: string;

  @IsOptional()
  @IsString()
  @Length(1, 128)
  logger?: string;

  /** Any JSON at all; it is counted, never read. */
  @IsOptional()
  data?: unknown;
}

export class StatusMessage implements EnvelopeMessage {
  @Equals('notifications/status')
  type: 'notifications/status';

  @NotificationId()
  id: string;

  @IsOptional()
  @IsString()
  @Length(1, 128)
  @Lenient('number-as-text')
  request_id?: string;

  @IsString()
  @Length(1, 128)
  @IsWellFormed()
  status: string;
}
