import { type ResourceReader } from '../resources/resource.js';
import { type Turn, turnOf } from '../../resilience/turn.js';
import { type Session } from '../../sessions/session.js';
import { type Principal } from '../../shared/principal.js';
import { type Door } from '../../tools/call.log.js';

/** Who speaks to one MCP server object. */
export interface McpPeer {
  readonly door: Exclude<Door, 'envelope'>;
  readonly principal: Principal;
  /** Absent for the 2026-07-28 era over HTTP, which knows no session: each request stands alone. */
  readonly session?: Session;
}

/** Under which name operations run and hold locks. Without a session, all of a principal's share one. */
export function ownerOf({ session, principal }: McpPeer): string {
  return session?.id ?? `principal:${principal.name}`;
}

export function turnOfPeer(peer: McpPeer): Turn {
  return turnOf(peer.principal, ownerOf(peer));
}

export function readerOf(peer: McpPeer, requestId: string): ResourceReader {
  return { sessionId: ownerOf(peer), requestId, principal: peer.principal };
}
