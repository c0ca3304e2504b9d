import { type Server, type ServerContext } from '@modelcontextprotocol/server';
import { Injectable } from '@nestjs/common';

import { type SessionCredential } from '../../git/remotes/session-credentials.js';
import { SessionCredentials } from '../../tools/credentials/session-credentials.service.js';
import { experimentalOf } from './experimental.js';
import { type McpPeer } from './mcp-peer.js';

/** Under `capabilities.experimental`, where a client that sends no headers brings credentials for hosts. */
const CREDENTIALS = 'mcp-git-server/credentials';

/** What an MCP peer shows hosts: by the headers of its session or request, else by its capabilities. */
@Injectable()
export class PeerCredentials {
  /** By what was told, which a session tells once. */
  private readonly checked = new WeakMap<object, readonly SessionCredential[]>();

  constructor(private readonly credentials: SessionCredentials) {}

  /** @throws ServerError `forbidden`, `validation_failed` */
  of({ session }: McpPeer, server: Server, context: ServerContext): readonly SessionCredential[] {
    const known = session === undefined ? [] : this.credentials.of(session);
    if (known.length > 0) return known;
    const headers = Object.fromEntries(context.http?.req?.headers ?? []);
    return this.credentials.ofHeaders(headers) ?? this.ofCapabilities(server, context);
  }

  private ofCapabilities(server: Server, context: ServerContext): readonly SessionCredential[] {
    const told = experimentalOf(server, context)?.[CREDENTIALS];
    if (told === undefined) return [];
    if (typeof told !== 'object' || told === null) return this.credentials.checked(told, CREDENTIALS);
    const known = this.checked.get(told) ?? this.credentials.checked(told, CREDENTIALS);
    this.checked.set(told, known);
    return known;
  }
}
