import { Injectable } from '@nestjs/common';

import { GatewayConfig, ServerConfig } from '../config/sections/index.js';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Which `Host` and `Origin` headers are served. Without the first a page can reach this server by rebinding its
 * own name (DNS rebinding), without the second by opening a WebSocket across sites.
 */
@Injectable()
export class RequestPolicy {
  private readonly hosts: ReadonlySet<string>;
  private readonly origins: ReadonlySet<string>;

  constructor(gateway: GatewayConfig, server: ServerConfig) {
    const loopback = isLoopback(server.host) ? LOOPBACK : [];
    this.hosts = new Set([...gateway.allowedHosts, ...loopback].map((host) => host.toLowerCase()));
    this.origins = new Set(gateway.allowedOrigins.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  }

  /** A missing `Host` is refused: HTTP/1.1 demands one. */
  allowsHost(host: string | undefined): boolean {
    return host !== undefined && listed(this.hosts, host.toLowerCase());
  }

  /** Only browsers send `Origin`, so a request without one is served. `null` (a sandboxed page) is not. */
  allowsOrigin(origin: string | undefined): boolean {
    return origin === undefined || listed(this.origins, origin.toLowerCase());
  }
}

function listed(allowed: ReadonlySet<string>, value: string): boolean {
  return allowed.has(value) || allowed.has(value.replace(/:\d{1,5}$/, ''));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
