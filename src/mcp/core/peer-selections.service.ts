import { type Server, type ServerContext } from '@modelcontextprotocol/server';
import { Injectable } from '@nestjs/common';

import { type ToolSelection } from '../../tools/selection/tool-selection.js';
import { ToolSelections } from '../../tools/selection/tool-selections.service.js';
import { experimentalOf } from './experimental.js';
import { type McpPeer } from './mcp-peer.js';

/** Under `capabilities.experimental`, where a client says which tools it wants; the fields of `ToolsWish`. */
export const WISH = 'mcp-git-server/tools';

/**
 * Which tools a peer has: what its HTTP headers left of the configuration, made smaller by its capabilities. The
 * second is the only way for clients that send no headers, as over standard input and output.
 */
@Injectable()
export class PeerSelections {
  /** By the wish, which a session has once. */
  private readonly narrowed = new WeakMap<object, ToolSelection>();

  constructor(private readonly selections: ToolSelections) {}

  /** @throws ServerError `validation_failed` where the capabilities ask for what does not exist */
  of(peer: McpPeer, server: Server, context: ServerContext): ToolSelection {
    const base = this.baseOf(peer, context.http?.req);
    const wish = experimentalOf(server, context)?.[WISH];
    if (wish === undefined) return base;
    if (typeof wish !== 'object' || wish === null)
      return this.selections.narrowedByUnchecked(wish, WISH, base);
    const known = this.narrowed.get(wish);
    if (known !== undefined) return known;
    const selection = this.selections.narrowedByUnchecked(wish, WISH, base);
    this.narrowed.set(wish, selection);
    return selection;
  }

  // A session keeps what its first request asked for; without one, each request asks for itself.
  private baseOf({ session }: McpPeer, request: Request | undefined): ToolSelection {
    if (session !== undefined) return this.selections.of(session);
    return this.selections.narrowedByHeaders(Object.fromEntries(request?.headers ?? []));
  }
}
