import { Injectable } from '@nestjs/common';
import {
  buildOAuthProtectedResourceMetadata,
  getOAuthProtectedResourceMetadataUrl,
  type OAuthProtectedResourceMetadata,
} from '@modelcontextprotocol/server';

import { resourceOf } from '../config/jwt-rules.js';
import { AuthConfig } from '../config/sections/index.js';
import { SCOPES } from '../shared/principal.js';

/** What clients are told of the authorization server that makes tokens for this one (RFC 9728). */
@Injectable()
export class ProtectedResource {
  /** Absent where no authorization server is involved. */
  readonly metadata: OAuthProtectedResourceMetadata | undefined;
  /** Where the metadata is found from outside. */
  readonly metadataUrl: string | undefined;

  constructor({ mode, jwt }: AuthConfig) {
    const resource = mode === 'jwt' ? resourceOf(jwt) : undefined;
    if (resource === undefined) return;
    this.metadataUrl = getOAuthProtectedResourceMetadataUrl(resource);
    const metadata = buildOAuthProtectedResourceMetadata({
      // The SDK reads nothing but the issuer; the rest is the authorization server's to say.
      oauthMetadata: {
        issuer: jwt.issuer,
        authorization_endpoint: jwt.issuer,
        token_endpoint: jwt.issuer,
        response_types_supported: ['code'],
      },
      resourceServerUrl: resource,
      resourceName: 'mcp-git-server',
      scopesSupported: [...SCOPES],
      dangerouslyAllowInsecureIssuerUrl: jwt.allowInsecureIssuer,
    });
    this.metadata = { ...metadata, bearer_methods_supported: ['header'] };
  }
}
