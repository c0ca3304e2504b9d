import { type IncomingMessage } from 'node:http';

import { Injectable } from '@nestjs/common';

import { type HttpCaller, HttpAuthentication } from '../../auth/http-authentication.service.js';
import { RequestPolicy } from '../../auth/request-policy.service.js';
import { McpConfig } from '../../config/sections/index.js';
import { Lifecycle } from '../../observability/lifecycle.service.js';
import { allArrived } from '../../shared/arrivals.js';
import { ServerError } from '../../shared/errors/index.js';
import { type Scope } from '../../shared/principal.js';
import { ToolRegistry } from '../../tools/tool.registry.js';
import { type ReadBody, readBody } from './request-body.js';

const DRAINING_RETRY_MS = 5_000;

/** What reads repositories besides tools. */
const READING: ReadonlySet<string> = new Set(['resources/read', 'resources/subscribe', 'prompts/get']);

/** Who may speak to /mcp. Cheap checks come first, secrets last. */
@Injectable()
export class HttpEntrance {
  constructor(
    private readonly policy: RequestPolicy,
    private readonly authentication: HttpAuthentication,
    private readonly lifecycle: Lifecycle,
    private readonly tools: ToolRegistry,
    private readonly config: McpConfig,
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

  /** What an admitted caller sends, up to `mcp.maxBodyBytes`; with all others whose requests came in the same turn. */
  async read(request: IncomingMessage): Promise<ReadBody> {
    const body = await readBody(request, this.config.maxBodyBytes);
    await allArrived();
    return body;
  }

  /**
   * A token that lacks a scope is answered in HTTP, so that the client can fetch one that has it.
   *
   * @param body a JSON-RPC message, or anything else
   * @returns nothing where the caller may send it, as far as scopes go
   */
  challenge(body: unknown, { principal, authInfo }: HttpCaller): Response | undefined {
    if (authInfo === undefined) return undefined;
    const needed = this.scopesOf(body);
    const allowed = needed.every((scope) => principal.scopes.has(scope));
    return allowed ? undefined : this.authentication.scopeChallenge(needed);
  }

  private scopesOf(body: unknown): readonly Scope[] {
    const { method, params } = (body ?? {}) as { method?: unknown; params?: { name?: unknown } | null };
    if (method === 'tools/call') return this.tools.scopesOf(String(params?.name)) ?? [];
    return READING.has(String(method)) ? ['git:read'] : [];
  }
}

function forbidden(message: string): ServerError {
  return new ServerError('forbidden', message);
}
