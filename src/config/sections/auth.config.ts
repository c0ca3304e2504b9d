import { Type } from 'class-transformer';
import {
  ArrayUnique,
  IsArray,
  IsIn,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  Length,
  ValidateNested,
} from 'class-validator';

import { SCOPES, type Scope } from '../../shared/principal.js';
import { Choice, Duration, Flag, Records } from '../setting.decorators.js';

/** One bearer token that may call. The token itself is never configured, only its digest. */
export class TokenConfig {
  @IsString()
  @Length(1, 64)
  name: string;

  @Matches(/^[0-9a-f]{64}$/, {
    message: 'sha256 is 64 lower-case hexadecimal digits: printf %s "$TOKEN" | sha256sum',
  })
  sha256: string;

  @IsArray()
  @ArrayUnique()
  @IsIn([...SCOPES], { each: true })
  scopes: Scope[];

  @IsOptional()
  @IsISO8601({ strict: true })
  expires?: string;
}

export class AuthConfig {
  @Choice('none: everyone who reaches the port may call (loopback only); token: a bearer token is required', [
    'none',
    'token',
  ])
  mode: 'none' | 'token' = 'none';

  @Flag('Allows auth.mode none on an address that is not loopback. Warned of at start')
  allowAnonymous = false;

  @Duration('How long a socket may stay without a valid credential when auth.mode is token', { min: 100 })
  deadline = 5_000;

  @Records(
    'Tokens that may call: name, sha256 (hex digest of the token), scopes, expires (ISO 8601, optional)',
    () => TokenConfig,
  )
  @ValidateNested({ each: true })
  @Type(() => TokenConfig)
  tokens: TokenConfig[] = [];
}
