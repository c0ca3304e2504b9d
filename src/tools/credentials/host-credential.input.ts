import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsOptional,
  IsString,
  Length,
  Matches,
  ValidateNested,
} from 'class-validator';

import { type SessionCredential } from '../../git/remotes/session-credentials.js';

/** One line of visible characters: a header is made of it. */
const VISIBLE = /^[\x21-\x7e]+$/;

export const MAX_HOSTS = 16;

/** What a session wants a host to be shown on its behalf. */
export class HostCredentialInput implements SessionCredential {
  @IsString()
  @Length(1, 256)
  @Matches(/^[a-z0-9.:[\]-]+$/)
  host: string;

  @IsOptional()
  @IsString()
  @Length(1, 256)
  @Matches(/^[^:\s\p{Cc}]+$/u)
  username?: string;

  @IsString()
  @Length(1, 4_096)
  @Matches(VISIBLE)
  secret: string;
}

export class HostCredentialsInput {
  @IsArray()
  @ArrayMaxSize(MAX_HOSTS)
  @ValidateNested({ each: true })
  @Type(() => HostCredentialInput)
  hosts: HostCredentialInput[];
}
