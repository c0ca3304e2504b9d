import { Type } from 'class-transformer';
import {
  Equals,
  IsBoolean,
  IsDefined,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';

import { Lenient } from '../../validation/dto/dto.decorators.js';
import { IsWellFormed } from '../../validation/dto/text.constraints.js';
import { type EnvelopeMessage, RequestId } from './envelope.dto.js';

const DAY_MS = 86_400_000;

export class ToolsListMessage implements EnvelopeMessage {
  @Equals('tools/list')
  type: 'tools/list';

  @RequestId()
  id: string;

  @IsOptional()
  @IsString()
  @Length(1, 128)
  cursor?: string;
}

export class ToolCallParams {
  @IsString()
  @Length(1, 128)
  @IsWellFormed()
  name: string;

  /** Checked against the tool's own class where the tool is known. */
  @IsObject()
  @Lenient('may-be-missing')
  arguments: Record<string, unknown>;

  /** Tell with the answer where the time went. */
  @IsOptional()
  @IsBoolean()
  trace?: boolean;
}

export class ToolsCallMessage implements EnvelopeMessage {
  @Equals('tools/call')
  type: 'tools/call';

  @RequestId()
  id: string;

  @IsDefined()
  @ValidateNested()
  @Type(() => ToolCallParams)
  params: ToolCallParams;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(DAY_MS)
  timeout_ms?: number;
}
