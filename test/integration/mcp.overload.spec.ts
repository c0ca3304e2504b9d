import { type Client } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type RedirectingTool, type ToolAnswer } from '../../src/tools/tool.js';
import { FullServer } from '../support/full-server.js';
import { WAYS_IN } from '../support/mcp/doors.js';
import { type OpenDoor, openDoor } from '../support/mcp/open-door.js';
import { EchoTool } from '../support/probe.tools.js';

type Args = Record<string, unknown>;

/** Needs no place itself: its call is refused where the tool that it calls would have to wait. */
class OnwardTool implements RedirectingTool {
  readonly spec = { ...new EchoTool().spec, name: 'onward' };

  redirect() {
    return { name: 'echo', args: { text: 'a' } };
  }

  wrap(_call: object, answer: ToolAnswer<object>) {
    return answer;
  }
}

const LABELS = { http: 'mcp-http', stdio: 'stdio', websocket: 'mcp-ws' } as const;

let full: FullServer;

beforeEach(async () => {
  full = await FullServer.start([new EchoTool(), new OnwardTool()]);
});

afterEach(() => full.stop());

describe.each(WAYS_IN)('A call over $door in $era of a server in which too many wait', ({ door, era }) => {
  let open: OpenDoor;
  let client: Client;

  const call = (name: string, args: Args) => client.callTool({ name, arguments: args });

  beforeEach(async () => {
    open = await openDoor(full.server, door, era);
    ({ client } = open);
  });

  afterEach(() => open.close());

  it('is turned away before its arguments are looked at', async () => {
    const wrong = { text: 1 };
    const early = await call('echo', wrong);
    await full.takeAllPlaces();

    const refused = await call('echo', wrong);

    expect(early._meta?.['mcp-git-server/error']).toMatchObject({ code: 'validation_failed' });
    expect(refused.isError).toBe(true);
    expect(refused._meta?.['mcp-git-server/error']).toMatchObject({
      code: 'temporary_resource_unavailable',
      recoverable: true,
      retry_after_ms: expect.any(Number) as number,
      details: { reason: 'queue-full' },
    });
  });

  it('is answered as one that is turned away in the queue', async () => {
    await full.takeAllPlaces();

    const atTheDoor = await call('echo', { text: 'a' });
    const inTheQueue = await call('onward', { text: 'a' });

    expect(atTheDoor).toEqual(inTheQueue);
  });

  it('is served when there is room again', async () => {
    await full.takeAllPlaces();
    await call('echo', { text: 'a' });
    await full.giveThemBack();

    const served = await call('echo', { text: 'a' });

    expect(served.structuredContent).toEqual({ text: 'a' });
  });

  it('hears of a tool that does not exist', async () => {
    await full.takeAllPlaces();

    await expect(call('ecko', {})).rejects.toThrow('did you mean echo?');
  });

  it('is counted once, under its door', async () => {
    await full.takeAllPlaces();
    await call('echo', { text: 'a' });

    const metrics = await full.metrics();

    const counted = `mcp_git_tool_calls_total{door="${LABELS[door]}",outcome="temporary_resource_unavailable"} 1`;
    expect(metrics).toContain(counted);
    expect(metrics).toContain('mcp_git_operations_rejected_total{reason="temporary_resource_unavailable"} 1');
  });
});

const MODERN_META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
const MODERN_HEADERS = {
  Accept: 'application/json, text/event-stream',
  'MCP-Protocol-Version': '2026-07-28',
  'Mcp-Method': 'tools/call',
  'Mcp-Name': 'echo',
};

async function post(headers: Record<string, string>): Promise<Response> {
  const params = { name: 'echo', arguments: { text: 'a' }, _meta: MODERN_META };
  return fetch(`http://127.0.0.1:${full.server.port}/mcp`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
}

describe('A request over HTTP to a server in which too many wait', () => {
  beforeEach(() => full.takeAllPlaces());

  it('is answered in one piece of JSON', async () => {
    const response = await post(MODERN_HEADERS);

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject({
      jsonrpc: '2.0',
      id: 1,
      result: { resultType: 'complete' },
    });
  });

  it('hears all the same that its headers say something else than its body', async () => {
    const response = await post({ ...MODERN_HEADERS, 'Mcp-Name': 'git_log' });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ id: 1, error: { code: -32_020 } });
  });
});
