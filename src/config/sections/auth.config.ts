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
import { Choice, Duration, Flag, Records, Text, TextList } from '../setting.decorators.js';

/** Signatures that a public key verifies. HS* is not among them: it would make the public key a secret. */
export const JWT_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

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

/** How tokens of an authorization server are verified. All of it without effect unless auth.mode is jwt. */
export class JwtConfig {
  @Text('Issuer that tokens must name in iss: the authorization server, as an https URL')
  issuer = '';

  @Text('Audience that tokens must name in aud: what the authorization server calls this server')
  audience = '';

  @Text("URL of the issuer's public keys, a JSON Web Key Set")
  jwksUri = '';

  @TextList('Signatures accepted: RS*, PS*, ES*, EdDSA, Ed25519; never none or HS*')
  algorithms: string[] = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

  @Text('Claim that holds the scopes, as one text or a list; scope, and then scp, where empty')
  scopeClaim = '';

  @Duration('Difference between the clocks of issuer and server that is let pass', { max: 300_000 })
  clockTolerance = 5_000;

  @Text('Public URL of /mcp, told to clients (RFC 9728); auth.jwt.audience where empty, if that is a URL')
  resource = '';

  @Duration('How long fetching the keys may take', { min: 100, max: 60_000 })
  timeout = 3_000;

  @Duration('Least time between two fetches because of a key that is not known', { min: 1_000 })
  cooldown = 30_000;

  @Duration('After this time the keys are fetched again', { min: 1_000 })
  keysMaxAge = 600_000;

  @Flag('Allows http URLs of an issuer that is not on this machine. For tests only')
  allowInsecureIssuer = false;
}

export class AuthConfig {
  @Choice(
    'none: everyone who reaches the port may call (loopback only); token: a bearer token of auth.tokens is required; jwt: a token of an authorization server is',
    ['none', 'token', 'jwt'],
  )
  mode: 'none' | 'token' | 'jwt' = 'none';

  @Flag('Allows auth.mode none on an address that is not loopback. Warned of at start')
  allowAnonymous = false;

  @Duration('How long a socket may stay without a valid credential unless auth.mode is none', { min: 100 })
  deadline = 5_000;

  @Records(
    'Tokens that may call: name, sha256 (hex digest of the token), scopes, expires (ISO 8601, optional)',
    () => TokenConfig,
  )
  @ValidateNested({ each: true })
  @Type(() => TokenConfig)
  tokens: TokenConfig[] = [];

  @ValidateNested()
  @Type(() => JwtConfig)
  jwt = new JwtConfig();
}
