import { Bytes, Count, Duration } from '../setting.decorators.js';

export class McpConfig {
  @Bytes('Largest request body on /mcp; above it 413', { min: 1_024, max: 64 * 2 ** 20 })
  maxBodyBytes = 4 * 2 ** 20;

  @Duration('A session on /mcp without any request or open stream for this long is forgotten', { min: 1_000 })
  sessionTimeout = 1_800_000;

  @Count('Entries of one page of tools, resources and prompts', { min: 1, max: 1_000 })
  pageSize = 100;

  @Count('Resources that one session may be subscribed to', { min: 1 })
  maxSubscriptions = 100;

  @Duration('How often the repositories of subscribed resources are looked at for changes', { min: 50 })
  watchInterval = 500;
}
