import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  Equals,
  IsArray,
  IsBoolean,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Min,
  ValidateNested,
} from 'class-validator';

import { HostCredentialInput, MAX_HOSTS } from '../../tools/credentials/host-credential.input.js';
import { ToolsWish } from '../../tools/selection/tools-wish.dto.js';
import { IsWellFormed } from '../../validation/dto/text.constraints.js';
import { type EnvelopeMessage, RequestId } from './envelope.dto.js';

export class ClientInfo {
  @IsString()
  @Length(1, 128)
  @IsWellFormed()
  name: string;

  @IsString()
  @Length(1, 64)
  @IsWellFormed()
  version: string;
}

export class WantedCapabilities {
  @IsOptional()
  @IsBoolean()
  cancellation?: boolean;

  @IsOptional()
  @IsBoolean()
  progress?: boolean;

  @IsOptional()
  @IsBoolean()
  heartbeat?: boolean;

  @IsOptional()
  @IsBoolean()
  resume?: boolean;
}

export class ResumeRequest {
  @IsString()
  @Length(1, 256)
  token: string;

  @IsInt()
  @Min(0)
  last_seq: number;
}

export class InitializeParams {
  @IsOptional()
  @ValidateNested()
  @Type(() => ClientInfo)
  client?: ClientInfo;

  @IsOptional()
  @ValidateNested()
  @Type(() => WantedCapabilities)
  capabilities?: WantedCapabilities;

  @IsOptional()
  @IsString()
  @Length(1, 16_384)
  token?: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => ResumeRequest)
  resume?: ResumeRequest;

  @IsOptional()
  @ValidateNested()
  @Type(() => ToolsWish)
  tools?: ToolsWish;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_HOSTS)
  @ValidateNested({ each: true })
  @Type(() => HostCredentialInput)
  credentials?: HostCredentialInput[];
}

export class InitializeMessage implements EnvelopeMessage {
  @Equals('initialize')
  type: 'initialize';

  @RequestId()
  id: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => InitializeParams)
  params?: InitializeParams;
}
