import { type ToolDescriptor } from '../../../src/tools/tool.registry.js';
import { type TestClient } from '../test-client.js';

/** @returns all tools that a client is offered, page by page */
export async function listedTools(client: TestClient, cursor?: string): Promise<readonly ToolDescriptor[]> {
  const { result } = await client.request('tools/list', { ...(cursor !== undefined && { cursor }) });
  const { tools, next_cursor: next } = result as { tools: ToolDescriptor[]; next_cursor?: string };
  return next === undefined ? tools : [...tools, ...(await listedTools(client, next))];
}
