import { Injectable } from '@nestjs/common';

import { ServerConfig } from '../../config/sections/index.js';
import { GatewayMetrics } from '../../gateway/gateway.metrics.js';
import { SessionRegistry } from '../../sessions/session.registry.js';
import { type Check } from '../check.js';
import { type Cure, type Judgement, ok, warning } from '../finding.js';

/** What a close code or a refused upgrade tells, and what helps. */
const MEANINGS: Readonly<Record<string, { readonly cause: string; readonly cure: Cure }>> = {
  '401': {
    cause: 'a token is wrong or has expired',
    cure: {
      what: 'compare the digest of the token with auth.tokens',
      command: 'mcp-git-server doctor --only connection',
    },
  },
  '403': {
    cause: 'the Host or Origin header is not allowed',
    cure: { what: 'name the origin of the page', setting: 'gateway.allowedOrigins=https://example.org' },
  },
  '503': {
    cause: 'the server is full or draining',
    cure: { what: 'allow more sockets', setting: 'gateway.maxConnectionsPerAddress=500' },
  },
  '1008': {
    cause: 'clients read too slowly',
    cure: { what: 'let more wait for them', setting: 'gateway.maxBufferedBytes=16MiB' },
  },
  '1009': {
    cause: 'frames are larger than allowed',
    cure: { what: 'allow larger frames', setting: 'gateway.maxPayloadBytes=4MiB' },
  },
  '1013': {
    cause: 'there is no place for another session',
    cure: { what: 'allow more sessions', setting: 'sessions.max=2000' },
  },
  '4400': {
    cause: 'a client sends what is not of the protocol',
    cure: { what: 'see what is wrong with a message of it', command: 'mcp-git-server validate FILE' },
  },
  '4401': {
    cause: 'a token is wrong or has expired',
    cure: { what: 'give the client a valid token', command: 'mcp-git-server doctor --only connection' },
  },
};

@Injectable()
export class ClosedSocketsCheck implements Check {
  readonly id = 'connection.closed';
  readonly section = 'connection';
  readonly guide = 'Client Connection Failures';
  readonly looksAt = 'upgrades refused and sockets closed by the server in the last ten minutes';

  constructor(
    private readonly metrics: GatewayMetrics,
    private readonly sessions: SessionRegistry,
    private readonly server: ServerConfig,
  ) {}

  judge(): Judgement {
    const refused = Object.fromEntries(this.metrics.recentlyRefused.all());
    const closed = Object.fromEntries(this.metrics.recentlyClosed.all());
    const { open } = this.sessions;
    const figures = { open, max_connections: this.server.maxConnections, refused, closed };
    const troubles = Object.entries({ ...closed, ...refused }).flatMap(([code, count]) => {
      const meaning = MEANINGS[code];
      return meaning ? [{ code, count, ...meaning }] : [];
    });
    if (troubles.length === 0) return ok(`${open} sockets are open; none was refused or cut lately`, figures);
    const said = troubles.map(({ code, count }) => `${code} (${count})`).join(', ');
    return warning(`sockets were refused or closed in the last ten minutes: ${said}`, figures, {
      cause: [...new Set(troubles.map(({ cause }) => cause))].join('; '),
      cures: troubles.map(({ cure }) => cure),
    });
  }
}
