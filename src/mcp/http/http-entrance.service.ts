import { type IncomingMessage } from 'node:http';

import { Injectable } from '@nestjs/common';

import { type HttpCaller, HttpAuthentication } from '../../auth/http-authentication.service.js';
import { RequestPolicy } from '../../auth/request-policy.service.js';
import { Lifecycle } from '../../observability/lifecycle.service.js';
import { ServerError } from '../../shared/errors/index.js';

const DRAINING_RETRY_MS = 5_000;

/** Who may speak to /mcp. Cheap checks come first, secrets last. */
@Injectable()
export class HttpEntrance {
  constructor(
    private readonly policy: RequestPolicy,
    private readonly authentication: HttpAuthentication,
    private readonly lifecycle: Lifecycle,
  ) {}

  /** @returns the caller, or what to answer instead */
  async admit({ headers }: IncomingMessage): Promise<HttpCaller | Response | ServerError> {
    if (!this.policy.allowsHost(headers.host)) {
      return forbidden(
        'the Host header names a host that is not served; gateway.allowedHosts lists those that are',
      );
    }
    if (!this.policy.allowsOrigin(headers.origin)) {
      return forbidden('pages of this Origin may not call; gateway.allowedOrigins lists those that may');
    }
    if (this.lifecycle.draining) {
      return new ServerError('server_draining', 'the server is going away; call again later', {
        retryAfterMs: DRAINING_RETRY_MS,
      });
    }
    return this.authentication.authenticate(headers.authorization);
  }
}

function forbidden(message: string): ServerError {
  return new ServerError('forbidden', message);
}
