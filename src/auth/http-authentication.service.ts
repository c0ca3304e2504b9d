import { Inject, Injectable } from '@nestjs/common';
import {
  type AuthInfo,
  bearerAuthChallengeResponse,
  OAuthError,
  OAuthErrorCode,
  verifyBearerToken,
} from '@modelcontextprotocol/server';

import { CLOCK, type Clock } from '../shared/clock.js';
import { ServerError } from '../shared/errors/index.js';
import { type Principal, type Scope } from '../shared/principal.js';
import { ANONYMOUS, Authenticator } from './authenticator.service.js';
import { ProtectedResource } from './protected-resource.service.js';

/** Who sent a request; `authInfo` is what the SDK hands on, absent where no token is needed. */
export interface HttpCaller {
  readonly principal: Principal;
  readonly authInfo: AuthInfo | undefined;
}

/** The scope that a client is told to ask for first; a call that needs more is answered with its own challenge. */
const FIRST_SCOPES = ['git:read'];
/** The SDK refuses a token without an end: one that has none counts as good for this long, from each request on. */
const ENDLESS_MS = 86_400_000;

/** Bearer tokens over HTTP (RFC 6750), with the challenges that MCP's authorization asks for. */
@Injectable()
export class HttpAuthentication {
  private readonly known = new WeakSet<object>();

  constructor(
    private readonly authenticator: Authenticator,
    private readonly resource: ProtectedResource,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @param authorization the header as it came
   * @returns the caller, or what to answer instead: 401 with a challenge, 503 where the keys cannot be fetched
   */
  async authenticate(authorization: string | undefined): Promise<HttpCaller | Response> {
    if (!this.authenticator.required) return { principal: ANONYMOUS, authInfo: undefined };
    const { metadataUrl } = this.resource;
    try {
      const authInfo = await verifyBearerToken(authorization, {
        verifier: { verifyAccessToken: (token) => this.verify(token) },
        ...(metadataUrl !== undefined && { resourceMetadataUrl: metadataUrl }),
      });
      return { principal: this.principalOf(authInfo), authInfo };
    } catch (error) {
      return this.refuse(error);
    }
  }

  /** The caller of a request whose `authInfo` came from here; everyone where no token is needed. */
  principalOf(authInfo: AuthInfo | undefined): Principal {
    const principal = authInfo?.extra?.['principal'];
    if (principal === undefined && !this.authenticator.required) return ANONYMOUS;
    if (isObject(principal) && this.known.has(principal)) return principal as Principal;
    throw new ServerError('authentication_failed', 'the request carries no verified token');
  }

  /** What a caller is told whose token lacks a scope: 403, naming all that the request needs. */
  scopeChallenge(requiredScopes: readonly Scope[]): Response {
    const { metadataUrl } = this.resource;
    return bearerAuthChallengeResponse(
      new OAuthError(OAuthErrorCode.InsufficientScope, 'The token does not have the scope that this needs'),
      {
        requiredScopes: [...requiredScopes],
        ...(metadataUrl !== undefined && { resourceMetadataUrl: metadataUrl }),
      },
    );
  }

  private async verify(token: string): Promise<AuthInfo> {
    const { principal, expiresAtMs } = await this.authenticator.credential(token);
    const endsAtMs = Number.isFinite(expiresAtMs) ? expiresAtMs : this.clock.nowMs() + ENDLESS_MS;
    this.known.add(principal);
    return {
      token,
      clientId: principal.name,
      scopes: [...principal.scopes],
      expiresAt: Math.ceil(endsAtMs / 1_000),
      extra: { principal },
    };
  }

  private refuse(error: unknown): Response {
    if (error instanceof ServerError && error.code !== 'authentication_failed') return unavailable(error);
    const refusal =
      error instanceof ServerError ? new OAuthError(OAuthErrorCode.InvalidToken, error.message) : error;
    const { metadataUrl } = this.resource;
    return bearerAuthChallengeResponse(refusal, {
      requiredScopes: FIRST_SCOPES,
      ...(metadataUrl !== undefined && { resourceMetadataUrl: metadataUrl }),
    });
  }
}

function unavailable({ message, retryAfterMs }: ServerError): Response {
  const body = new OAuthError(OAuthErrorCode.TemporarilyUnavailable, message).toResponseObject();
  const headers = {
    ...(retryAfterMs !== undefined && { 'Retry-After': `${Math.ceil(retryAfterMs / 1_000)}` }),
  };
  return Response.json(body, { status: 503, headers });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
