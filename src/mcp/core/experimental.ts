import { CLIENT_CAPABILITIES_META_KEY, type Server, type ServerContext } from '@modelcontextprotocol/server';

/** What a client says under `capabilities.experimental`; the 2026-07-28 era tells it anew with each request. */
export function experimentalOf(
  server: Server,
  { mcpReq }: ServerContext,
): Readonly<Record<string, unknown>> | undefined {
  const told: Readonly<Record<string, unknown>> | undefined = mcpReq.envelope;
  const capabilities =
    told === undefined ? server.getClientCapabilities() : told[CLIENT_CAPABILITIES_META_KEY];
  return (capabilities as { experimental?: Record<string, unknown> } | undefined)?.experimental;
}
