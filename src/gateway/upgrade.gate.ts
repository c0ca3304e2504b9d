import { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

import { Injectable } from '@nestjs/common';

import { Authenticator, ANONYMOUS } from '../auth/authenticator.service.js';
import { bearerOf } from '../auth/bearer.js';
import { RequestPolicy } from '../auth/request-policy.service.js';
import { Lifecycle } from '../observability/lifecycle.service.js';
import { ERROR_TABLE, ServerError } from '../shared/errors/index.js';
import { type Principal } from '../shared/principal.js';
import { AddressLedger } from './address.ledger.js';
import { MCP_SUBPROTOCOL } from './gateway-socket.js';
import { UpgradeRefused } from './upgrade-refusal.js';

const PATHS = new Set(['/', '/ws']);
const DRAINING_RETRY_MS = 5_000;
const CROWDED_RETRY_MS = 10_000;

/** Who passed, and as whom; without a principal the session has yet to authenticate. */
export interface Admission {
  readonly principal: Principal | undefined;
}

export function isWebSocketPath(url = '/'): boolean {
  return PATHS.has(url.split('?', 1)[0] ?? '');
}

/** Decides on each upgrade before a single byte of WebSocket is spoken. Cheap checks come first, secrets last. */
@Injectable()
export class UpgradeGate {
  constructor(
    private readonly policy: RequestPolicy,
    private readonly authenticator: Authenticator,
    private readonly addresses: AddressLedger,
    private readonly lifecycle: Lifecycle,
  ) {}

  /**
   * @returns a promise only where somebody else has to be asked about the token
   * @throws UpgradeRefused with the HTTP status to answer
   */
  admit(request: IncomingMessage): Admission | Promise<Admission> {
    this.checkPath(request.url ?? '/');
    this.checkSource(request);
    const address = request.socket.remoteAddress ?? '';
    this.checkCapacity(address);
    const identified = this.identify(request.headers);
    if (!(identified instanceof Promise)) return { principal: identified };
    return identified.then(
      (principal) => {
        this.checkCapacity(address); // Others may have come while the issuer was asked.
        return { principal };
      },
      (error: unknown) => {
        throw refusalOf(error);
      },
    );
  }

  private checkPath(url: string): void {
    if (!isWebSocketPath(url)) {
      throw new UpgradeRefused(
        404,
        new ServerError('protocol_violation', 'no WebSocket is served here; use / or /ws'),
      );
    }
  }

  private checkSource({ headers }: IncomingMessage): void {
    if (!this.policy.allowsHost(headers.host)) {
      throw forbidden(
        'the Host header names a host that is not served; gateway.allowedHosts lists those that are',
      );
    }
    if (!this.policy.allowsOrigin(headers.origin)) {
      throw forbidden('pages of this Origin may not connect; gateway.allowedOrigins lists those that may');
    }
  }

  private checkCapacity(address: string): void {
    if (this.lifecycle.draining) {
      const message = 'the server is going away; connect again later';
      throw new UpgradeRefused(
        503,
        new ServerError('server_draining', message, { retryAfterMs: DRAINING_RETRY_MS }),
      );
    }
    if (this.addresses.isFull(address)) {
      const message =
        'too many connections from this address; close one, or raise gateway.maxConnectionsPerAddress';
      const error = new ServerError('temporary_resource_unavailable', message, {
        retryAfterMs: CROWDED_RETRY_MS,
      });
      throw new UpgradeRefused(429, error);
    }
  }

  private identify(headers: IncomingHttpHeaders): Principal | undefined | Promise<Principal> {
    if (!this.authenticator.required) return ANONYMOUS;
    const token = bearerOf(headers.authorization);
    if (token === undefined && offersMcp(headers['sec-websocket-protocol'])) throw refusalOf(noToken());
    if (token === undefined) return undefined;
    try {
      return this.authenticator.authenticate(token);
    } catch (error) {
      throw refusalOf(error);
    }
  }
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof ServerError)) return error;
  if (error.code !== 'authentication_failed')
    return new UpgradeRefused(ERROR_TABLE[error.code].httpStatus, error);
  return new UpgradeRefused(401, error, { 'WWW-Authenticate': 'Bearer' });
}

/** On such a socket only MCP is spoken, which has no message to show a credential with. */
function offersMcp(offered: string | undefined): boolean {
  return offered?.split(',').some((name) => name.trim() === MCP_SUBPROTOCOL) ?? false;
}

function noToken(): ServerError {
  const message =
    'a token is needed at the upgrade; send Authorization: Bearer, or connect without a subprotocol';
  return new ServerError('authentication_failed', message);
}

function forbidden(message: string): UpgradeRefused {
  return new UpgradeRefused(403, new ServerError('forbidden', message));
}
